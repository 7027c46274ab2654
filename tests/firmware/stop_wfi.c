/* Lockout: Stop mode by WFI, with nothing that could end it (RM0008 5.3.4). */
#include "f103.h"

int main(void)
{
    SCB_SCR |= SCB_SCR_SLEEPDEEP;
    for (;;)
        __asm__ volatile("wfi");
}
