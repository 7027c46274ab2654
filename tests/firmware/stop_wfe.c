/* Lockout: Stop mode by WFE. Events of the start are used up by the first turns of the loop. */
#include "f103.h"

int main(void)
{
    SCB_SCR |= SCB_SCR_SLEEPDEEP;
    for (;;)
        __asm__ volatile("wfe");
}
