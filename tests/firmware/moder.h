/* Registers of the STM32F405 and F072 that the firmwares here use, and the few verbs they share.
 *
 * Sections are those of RM0090 (STM32F405/407/415/417) and RM0091 (STM32F0x1, F0x2, F0x8). Which of
 * the two it is, the command line says: -DSTM32F405 or -DSTM32F072.
 */
#ifndef MODER_H
#define MODER_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))

#ifdef STM32F405
#define HSI_HZ 16000000u /* RM0090 7.2.2: the clock after reset */
#define RCC_CR REGISTER(0x40023800)
#define RCC_CFGR REGISTER(0x40023808)
#define RCC_PORTS_ENR REGISTER(0x40023830) /* RM0090 7.3.10: AHB1ENR */
#define RCC_PORT_EN(port) (1u << (port))
#define RCC_APB2ENR REGISTER(0x40023844) /* RM0090 7.3.14 */
#define RCC_APB2ENR_SYSCFGEN (1u << 14)
#define RCC_APB2ENR_USART1EN (1u << 4)
#define GPIO_BASE 0x40020000u
#define SYSCFG_MEM_MODE REGISTER(0x40013800) /* RM0090 9.2.1: MEMRMP */
#define USART1_DR REGISTER(0x40011004)       /* RM0090 30.6 */
#define USART1_BRR REGISTER(0x40011008)
#define USART1_CR1 REGISTER(0x4001100C)
#define USART_CR1_RUN ((1u << 13) | (1u << 3)) /* UE, TE */
#define USART1_SR REGISTER(0x40011000)
#define USART1_AF 7u
#define LED_PIN 1u /* PC1: an Adafruit Feather's */
#else
#define HSI_HZ 8000000u /* RM0091 6.2.2: the clock after reset */
#define RCC_CR REGISTER(0x40021000)
#define RCC_CFGR REGISTER(0x40021004)
#define RCC_PORTS_ENR REGISTER(0x40021014) /* RM0091 6.4.6: AHBENR */
#define RCC_PORT_EN(port) (1u << (17 + (port)))
#define RCC_APB2ENR REGISTER(0x40021018) /* RM0091 6.4.7 */
#define RCC_APB2ENR_SYSCFGEN (1u << 0)
#define RCC_APB2ENR_USART1EN (1u << 14)
#define GPIO_BASE 0x48000000u
#define SYSCFG_MEM_MODE REGISTER(0x40010000) /* RM0091 9.1.1: CFGR1 */
#define USART1_CR1 REGISTER(0x40013800)      /* RM0091 27.8 */
#define USART1_BRR REGISTER(0x4001380C)
#define USART1_SR REGISTER(0x4001381C) /* ISR */
#define USART1_DR REGISTER(0x40013828) /* TDR */
#define USART_CR1_RUN ((1u << 0) | (1u << 3)) /* UE, TE */
#define USART1_AF 1u
#define LED_PIN 6u /* PC6: a 32F072BDISCOVERY's red one */
#endif

#define GPIO_MODER(port) REGISTER(GPIO_BASE + 0x400u * (port)) /* RM0090, RM0091 8.4 */
#define GPIO_ODR(port) REGISTER(GPIO_BASE + 0x400u * (port) + 0x14u)
#define GPIO_AFRH(port) REGISTER(GPIO_BASE + 0x400u * (port) + 0x24u)
#define GPIO_INPUT 0u
#define GPIO_OUTPUT 1u
#define GPIO_ALTERNATE 2u
enum { PORT_A, PORT_B, PORT_C };

#define USART_SR_TXE (1u << 7)

#define SYST_CSR REGISTER(0xE000E010) /* DDI 0403 B3.3, DDI 0419 B3.3 */
#define SYST_RVR REGISTER(0xE000E014)
#define SYST_CVR REGISTER(0xE000E018)
#define SYST_CSR_COUNTFLAG (1u << 16)
#define SYST_RUN 5u
#define SYST_RUN_WITH_INTERRUPT 7u

/* The vectors of this program at address 0, where a ROM bootloader has left its own: Cortex-M0 has
 * no VTOR, so that both do it in the same way. And the clock as after a reset. */
static inline void take_over(void)
{
    RCC_CFGR = 0;
    RCC_APB2ENR |= RCC_APB2ENR_SYSCFGEN;
    SYSCFG_MEM_MODE &= ~3u;
}

static inline void pin_mode(uint32_t port, uint32_t pin, uint32_t mode)
{
    RCC_PORTS_ENR |= RCC_PORT_EN(port);
    GPIO_MODER(port) = (GPIO_MODER(port) & ~(3u << 2 * pin)) | mode << 2 * pin;
}

static inline void tick_every_ms(uint32_t ms)
{
    SYST_RVR = ms * (HSI_HZ / 1000u) - 1;
    SYST_CVR = 0;
    SYST_CSR = SYST_RUN_WITH_INTERRUPT;
}

#endif
