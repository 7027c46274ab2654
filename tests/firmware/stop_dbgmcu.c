/* No lockout: Stop mode with the DBGMCU bits that keep the debug port's clocks (31.16.1). */
#include "f103.h"

int main(void)
{
    DBGMCU_CR = DBGMCU_CR_LOW_POWER;
    SCB_SCR |= SCB_SCR_SLEEPDEEP;
    for (;;)
        __asm__ volatile("wfi");
}
