/* Makes SWCLK (PA14) an input 10 ms after reset: SWD is gone, the LED blinks on. */
#include "moder.h"

int main(void)
{
    take_over();
    pin_mode(PORT_C, LED_PIN, GPIO_OUTPUT);
    SYST_RVR = 10 * (HSI_HZ / 1000u) - 1;
    SYST_CVR = 0;
    SYST_CSR = SYST_RUN;
    for (uint32_t ticks = 1;; ticks++) {
        while (!(SYST_CSR & SYST_CSR_COUNTFLAG))
            ;
        if (ticks == 1)
            pin_mode(PORT_A, 14, GPIO_INPUT);
        if (ticks % 25 == 0)
            GPIO_ODR(PORT_C) ^= 1u << LED_PIN;
    }
}
