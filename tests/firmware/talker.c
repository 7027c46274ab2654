/* No lockout: says the same line at USART1 (PA9, 9600 baud) again and again, and hears nothing. */
#include "f103.h"

#define RCC_APB2ENR_USART1EN (1u << 14)
#define USART1_SR REGISTER(0x40013800) /* RM0008 27.6 */
#define USART_SR_TXE (1u << 7)
#define USART1_DR REGISTER(0x40013804)
#define USART1_BRR REGISTER(0x40013808)
#define USART1_CR1 REGISTER(0x4001380C)
#define USART_CR1_RUN ((1u << 13) | (1u << 3)) /* UE, TE */

static void say(const char *text)
{
    for (; *text; text++) {
        while (!(USART1_SR & USART_SR_TXE))
            ;
        USART1_DR = (uint8_t)*text;
    }
}

int main(void)
{
    RCC_APB2ENR |= RCC_APB2ENR_IOPAEN | RCC_APB2ENR_USART1EN;
    GPIOA_CRH = 0x444444B4; /* PA9: alternate function, 50 MHz, push-pull */
    USART1_BRR = HSI_HZ / 9600u;
    USART1_CR1 = USART_CR1_RUN;
    for (;;) {
        say("temperature 21.5\r\n");
        delay_ms(400);
    }
}
