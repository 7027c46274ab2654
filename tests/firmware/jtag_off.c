/* No lockout: JTAG gives its pins back, SWD keeps its own. */
#include "f103.h"

int main(void)
{
    RCC_APB2ENR |= RCC_APB2ENR_AFIOEN;
    AFIO_MAPR = AFIO_MAPR_SWJ_JTAG_OFF;
    blink(250);
}
