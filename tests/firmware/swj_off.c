/* Lockout: SWD goes within the first 20 instructions (RM0008 9.3.5: SWJ_CFG). */
#include "f103.h"

int main(void)
{
    swd_off();
    blink(250);
}
