/* Lockout: an interrupt handler takes SWD away, 50 ms after reset; main() never touches it. */
#include "f103.h"

void systick_handler(void)
{
    SYST_CSR = 0;
    swd_off();
}

int main(void)
{
    tick_every_ms(50);
    blink(250);
}
