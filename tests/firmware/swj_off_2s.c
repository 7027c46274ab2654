/* Lockout: SWD goes 2 s after reset; who attaches before sees nothing wrong. */
#include "f103.h"

int main(void)
{
    delay_ms(2000);
    swd_off();
    blink(250);
}
