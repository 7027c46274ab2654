/* Blinks the LED of a Feather STM32F405 or a 32F072BDISCOVERY at 2 Hz, by SysTick's interrupt, and
 * says so once at USART1 (PA9, 115200 baud). It can be started by a reset and by a ROM bootloader. */
#include "moder.h"

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
    take_over();
    pin_mode(PORT_C, LED_PIN, GPIO_OUTPUT);
    RCC_APB2ENR |= RCC_APB2ENR_USART1EN;
    pin_mode(PORT_A, 9, GPIO_ALTERNATE);
    GPIO_AFRH(PORT_A) = (GPIO_AFRH(PORT_A) & ~0xF0u) | USART1_AF << 4;
    USART1_BRR = HSI_HZ / 115200u;
    USART1_CR1 = USART_CR1_RUN;
    say("blinky\r\n");
    tick_every_ms(250);
    for (;;)
        __asm__ volatile("wfi");
}

void systick_handler(void)
{
    GPIO_ODR(PORT_C) ^= 1u << LED_PIN;
}
