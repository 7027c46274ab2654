/* Lockout: the idle loop of many programs. It sleeps, and wakes for some microseconds each ms. */
#include "f103.h"

void systick_handler(void)
{
}

int main(void)
{
    tick_every_ms(1);
    for (;;)
        __asm__ volatile("wfi");
}
