/* Lockout: Standby, left each second by the RTC's alarm, entered again at once (RM0008 5.3.5). */
#include "f103.h"

#define LSI_HZ 40000u
#define TICKS_PER_S 100u

static void rtc_write_begins(void)
{
    while (!(RTC_CRL & RTC_CRL_RTOFF))
        ;
    RTC_CRL |= RTC_CRL_CNF;
}

static void rtc_write_ends(void)
{
    RTC_CRL &= ~RTC_CRL_CNF;
    while (!(RTC_CRL & RTC_CRL_RTOFF))
        ;
}

static void start_rtc(void)
{
    RCC_APB1ENR |= RCC_APB1ENR_PWREN | RCC_APB1ENR_BKPEN;
    PWR_CR |= PWR_CR_DBP;
    RCC_CSR |= RCC_CSR_LSION;
    while (!(RCC_CSR & RCC_CSR_LSIRDY))
        ;
    RCC_BDCR = RCC_BDCR_RTCSEL_LSI | RCC_BDCR_RTCEN;
    RTC_CRL &= ~RTC_CRL_RSF;
    while (!(RTC_CRL & RTC_CRL_RSF))
        ;
}

static void set_alarm_in(uint32_t ticks)
{
    rtc_write_begins();
    RTC_PRLL = LSI_HZ / TICKS_PER_S - 1;
    uint32_t at = (RTC_CNTH << 16 | RTC_CNTL) + ticks;
    RTC_ALRH = at >> 16;
    RTC_ALRL = at & 0xFFFF;
    rtc_write_ends();
}

int main(void)
{
    start_rtc();
    set_alarm_in(TICKS_PER_S);
    PWR_CR |= PWR_CR_CWUF | PWR_CR_PDDS;
    SCB_SCR |= SCB_SCR_SLEEPDEEP;
    for (;;)
        __asm__ volatile("wfi");
}
