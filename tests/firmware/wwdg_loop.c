/* Lockout: the window watchdog resets the chip each 2 ms (RM0008 20.4). */
#include "f103.h"

int main(void)
{
    RCC_APB1ENR |= RCC_APB1ENR_WWDGEN;
    WWDG_CFR = 0x7F; /* PCLK1 / 4096: 0.512 ms */
    WWDG_CR = 0xC3;  /* WDGA, four ticks until T6 falls */
    for (;;)
        ;
}
