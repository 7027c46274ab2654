/* Runs nothing: a fault 3 ms after reset. The handler loops, the fault registers tell. */
#include "f103.h"

#define NOWHERE REGISTER(0x60000000) /* FSMC, which this part has not */

void write_nowhere(void)
{
    NOWHERE = 0xBAD;
}

int main(void)
{
    delay_ms(3);
    write_nowhere();
    blink(250);
}
