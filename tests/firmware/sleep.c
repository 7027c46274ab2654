/* Lockout: Sleep mode for good. HCLK stops, and with it every AP access (RM0008 31.16.3). */
#include "f103.h"

int main(void)
{
    for (;;)
        __asm__ volatile("wfi");
}
