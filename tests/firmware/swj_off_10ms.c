/* Lockout: SWD goes 10 ms after reset. */
#include "f103.h"

int main(void)
{
    delay_ms(10);
    swd_off();
    blink(250);
}
