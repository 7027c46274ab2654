/* Registers of the STM32F103 that the firmwares here use, and the few verbs they share.
 *
 * Sections are those of RM0008 (STM32F10x reference manual), PM0075 (flash programming) and the
 * Armv7-M Architecture Reference Manual (DDI 0403).
 */
#ifndef F103_H
#define F103_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define HALF_WORD(address) (*(volatile uint16_t *)(address))

#define HSI_HZ 8000000u /* RM0008 7.2.2: the clock after reset */

#define RCC_APB2ENR REGISTER(0x40021018) /* RM0008 7.3.7 */
#define RCC_APB2ENR_AFIOEN (1u << 0)
#define RCC_APB2ENR_IOPAEN (1u << 2)
#define RCC_APB2ENR_IOPCEN (1u << 4)
#define RCC_APB1ENR REGISTER(0x4002101C) /* RM0008 7.3.8 */
#define RCC_APB1ENR_TIM2EN (1u << 0)
#define RCC_APB1ENR_WWDGEN (1u << 11)
#define RCC_APB1ENR_BKPEN (1u << 27)
#define RCC_APB1ENR_PWREN (1u << 28)
#define RCC_BDCR REGISTER(0x40021020) /* RM0008 7.3.9 */
#define RCC_BDCR_RTCSEL_LSI (2u << 8)
#define RCC_BDCR_RTCEN (1u << 15)
#define RCC_CSR REGISTER(0x40021024) /* RM0008 7.3.10 */
#define RCC_CSR_LSION (1u << 0)
#define RCC_CSR_LSIRDY (1u << 1)

#define AFIO_MAPR REGISTER(0x40010004) /* RM0008 9.4.2 */
#define AFIO_MAPR_SWJ_JTAG_OFF (2u << 24) /* JTAG-DP disabled, SW-DP enabled */
#define AFIO_MAPR_SWJ_OFF (4u << 24)      /* JTAG-DP and SW-DP disabled */

#define GPIOA_CRH REGISTER(0x40010804) /* RM0008 9.2.2 */
#define GPIOA_BSRR REGISTER(0x40010810)
#define GPIOC_CRH REGISTER(0x40011004)
#define GPIOC_ODR REGISTER(0x4001100C)

#define TIM2_CR1 REGISTER(0x40000000) /* RM0008 15.4 */
#define TIM_CR1_CEN (1u << 0)
#define TIM_CR1_URS (1u << 2)
#define TIM_CR1_OPM (1u << 3)
#define TIM2_SR REGISTER(0x40000010)
#define TIM_SR_UIF (1u << 0)
#define TIM2_EGR REGISTER(0x40000014)
#define TIM_EGR_UG (1u << 0)
#define TIM2_PSC REGISTER(0x40000028)
#define TIM2_ARR REGISTER(0x4000002C)

#define PWR_CR REGISTER(0x40007000) /* RM0008 5.4.1 */
#define PWR_CR_PDDS (1u << 1)
#define PWR_CR_CWUF (1u << 2)
#define PWR_CR_DBP (1u << 8)

#define RTC_CRL REGISTER(0x40002804) /* RM0008 18.4 */
#define RTC_CRL_RSF (1u << 3)
#define RTC_CRL_CNF (1u << 4)
#define RTC_CRL_RTOFF (1u << 5)
#define RTC_PRLL REGISTER(0x4000280C)
#define RTC_CNTH REGISTER(0x40002818)
#define RTC_CNTL REGISTER(0x4000281C)
#define RTC_ALRH REGISTER(0x40002820)
#define RTC_ALRL REGISTER(0x40002824)

#define IWDG_KR REGISTER(0x40003000) /* RM0008 19.4 */
#define IWDG_PR REGISTER(0x40003004)
#define IWDG_RLR REGISTER(0x40003008)
#define WWDG_CR REGISTER(0x40002C00) /* RM0008 20.6 */
#define WWDG_CFR REGISTER(0x40002C04)

#define FLASH_KEYR REGISTER(0x40022004) /* PM0075 3 */
#define FLASH_OPTKEYR REGISTER(0x40022008)
#define FLASH_SR REGISTER(0x4002200C)
#define FLASH_SR_BSY (1u << 0)
#define FLASH_CR REGISTER(0x40022010)
#define FLASH_CR_OPTPG (1u << 4)
#define FLASH_CR_OPTER (1u << 5)
#define FLASH_CR_STRT (1u << 6)
#define FLASH_OBR REGISTER(0x4002201C)
#define FLASH_OBR_RDPRT (1u << 1)
#define OPTION_RDP HALF_WORD(0x1FFFF800)

#define DBGMCU_CR REGISTER(0xE0042004) /* RM0008 31.16.3 */
#define DBGMCU_CR_LOW_POWER 7u         /* DBG_SLEEP, DBG_STOP, DBG_STANDBY */

#define SYST_CSR REGISTER(0xE000E010) /* DDI 0403 B3.3 */
#define SYST_RVR REGISTER(0xE000E014)
#define SYST_CVR REGISTER(0xE000E018)
#define SYST_RUN_WITH_INTERRUPT 7u
#define SCB_SCR REGISTER(0xE000ED10) /* DDI 0403 B3.2.7 */
#define SCB_SCR_SLEEPDEEP (1u << 2)

void systick_handler(void);
void hard_fault_handler(void);
int main(void);

/* By TIM2, one pulse; from 2 to 65536. */
static inline void delay_ms(uint32_t ms)
{
    RCC_APB1ENR |= RCC_APB1ENR_TIM2EN;
    TIM2_CR1 = TIM_CR1_URS | TIM_CR1_OPM;
    TIM2_PSC = HSI_HZ / 1000u - 1;
    TIM2_ARR = ms - 1;
    TIM2_EGR = TIM_EGR_UG; /* loads the prescaler */
    TIM2_SR = 0;
    TIM2_CR1 |= TIM_CR1_CEN;
    while (!(TIM2_SR & TIM_SR_UIF))
        ;
}

static inline void tick_every_ms(uint32_t ms)
{
    SYST_RVR = ms * (HSI_HZ / 1000u) - 1;
    SYST_CVR = 0;
    SYST_CSR = SYST_RUN_WITH_INTERRUPT;
}

static inline void swd_off(void)
{
    RCC_APB2ENR |= RCC_APB2ENR_AFIOEN;
    AFIO_MAPR = AFIO_MAPR_SWJ_OFF;
}

/* The LED of a Blue Pill, on PC13, toggled for ever: a sign of life. */
__attribute__((noreturn)) static inline void blink(uint32_t ms)
{
    RCC_APB2ENR |= RCC_APB2ENR_IOPCEN;
    GPIOC_CRH = 0x44244444; /* PC13: output, 2 MHz, push-pull */
    for (;;) {
        GPIOC_ODR ^= 1u << 13;
        delay_ms(ms);
    }
}

#endif
