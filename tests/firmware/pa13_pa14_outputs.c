/* No lockout on an F1: the port's registers change nothing while SWJ_CFG owns the pins (9.3.5). */
#include "f103.h"

int main(void)
{
    RCC_APB2ENR |= RCC_APB2ENR_IOPAEN;
    GPIOA_CRH = 0x42244444; /* PA13, PA14: outputs */
    GPIOA_BSRR = 3u << (13 + 16);
    blink(250);
}
