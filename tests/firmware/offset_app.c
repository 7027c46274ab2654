/* Runs half: an application behind a bootloader of 8 KiB that does not set SCB_VTOR. Its first
 * interrupt ends in the bootloader's handler. */
#include "f103.h"

static volatile uint32_t *const milliseconds = (uint32_t *)0x20000000;

void systick_handler(void)
{
    *milliseconds += 1;
}

int main(void)
{
    *milliseconds = 0;
    tick_every_ms(1);
    RCC_APB2ENR |= RCC_APB2ENR_IOPCEN;
    GPIOC_CRH = 0x44244444;
    for (;;)
        GPIOC_ODR = *milliseconds / 250 % 2 << 13;
}
