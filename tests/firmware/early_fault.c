/* Runs nothing: a fault 3 ms after reset. The handler loops, the fault registers tell. */
#include "f103.h"

#define NOWHERE REGISTER(0x60000000) /* FSMC, which this part has not */

uint32_t read_nowhere(void)
{
    return NOWHERE; /* a load: its fault is precise, BFAR tells the address */
}

int main(void)
{
    delay_ms(3);
    read_nowhere();
    blink(250);
}
