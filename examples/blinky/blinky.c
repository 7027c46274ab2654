/* Blinks the LED of a Blue Pill (STM32F103C8, LED on PC13, lit when low) at 2 Hz.
 *
 * Runs on the 8 MHz internal oscillator, as the chip comes out of reset (RM0008 7.2.6). SysTick
 * counts milliseconds; the main loop toggles the LED each time `half_period_ms` of them are over.
 * It never sleeps, so that a debugger can attach at any time.
 */
#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define RCC_APB2ENR REGISTER(0x40021018) /* RM0008 7.3.7 */
#define RCC_APB2ENR_IOPCEN (1u << 4)

#define GPIOC_CRH REGISTER(0x40011004)  /* RM0008 9.2.2 */
#define GPIOC_BSRR REGISTER(0x40011010) /* RM0008 9.2.5: low half sets a pin, high half resets it */
#define GPIO_CRH_PIN13 (0xFu << 20)
#define GPIO_CRH_PIN13_OUTPUT_2MHZ (0x2u << 20) /* push-pull */

#define SYST_CSR REGISTER(0xE000E010) /* Armv7-M ARM B3.3 */
#define SYST_RVR REGISTER(0xE000E014)
#define SYST_CVR REGISTER(0xE000E018)
#define SYST_CSR_ENABLE (1u << 0)
#define SYST_CSR_TICKINT (1u << 1)
#define SYST_CSR_CLKSOURCE (1u << 2) /* the core's clock */

#define HSI_HZ 8000000u
#define LED (1u << 13)
#define LED_ON (LED << 16)
#define LED_OFF LED

extern uint32_t ram_top[], data_load[], data_start[], data_end[], bss_start[], bss_end[];

/* Lives in .data, so that a debugger can change the rhythm of a running board. */
volatile uint32_t half_period_ms = 250;
volatile uint32_t milliseconds;
volatile uint32_t toggles;

__attribute__((used, section(".banner"))) const char banner[] =
    "blinky 1.0 for the Blue Pill (STM32F103C8)\n"
    "\n"
    "The LED on PC13 is toggled every 250 ms: two blinks a second. If it blinks at another pace,\n"
    "the core does not run at the 8 MHz of its internal oscillator. If it does not blink at all:\n"
    "\n"
    "  - BOOT0 may be at 1, then the chip starts its ROM bootloader and not this program;\n"
    "  - the LED of some boards is on PB12 (Black Pill) or PB1 (Maple Mini), and this program\n"
    "    drives PC13 only;\n"
    "  - the regulator may be overloaded: measure 3.3 V between the pins 3V3 and GND.\n"
    "\n"
    "Three words in RAM are worth a look with a debugger: half_period_ms (write it to change the\n"
    "rhythm), milliseconds (since reset) and toggles (of the LED).\n";

static void main_loop(void)
{
    uint32_t last = milliseconds;
    for (;;) {
        if (milliseconds - last < half_period_ms)
            continue;
        last += half_period_ms;
        toggles += 1;
        GPIOC_BSRR = toggles & 1 ? LED_ON : LED_OFF;
    }
}

void systick_handler(void)
{
    milliseconds += 1;
}

void reset_handler(void)
{
    for (uint32_t *from = data_load, *to = data_start; to < data_end;)
        *to++ = *from++;
    for (uint32_t *to = bss_start; to < bss_end;)
        *to++ = 0;

    RCC_APB2ENR |= RCC_APB2ENR_IOPCEN;
    GPIOC_BSRR = LED_OFF;
    GPIOC_CRH = (GPIOC_CRH & ~GPIO_CRH_PIN13) | GPIO_CRH_PIN13_OUTPUT_2MHZ;

    SYST_RVR = HSI_HZ / 1000 - 1;
    SYST_CVR = 0;
    SYST_CSR = SYST_CSR_CLKSOURCE | SYST_CSR_TICKINT | SYST_CSR_ENABLE;
    main_loop();
}

/* Stops where a debugger finds it. */
void default_handler(void)
{
    for (;;)
        ;
}

typedef void (*handler)(void);

/* RM0008 table 63: 16 words of the core, then 60 interrupts (43 of them in medium density). */
__attribute__((used, section(".vectors"))) const handler vectors[16 + 60] = {
    (handler)ram_top,
    reset_handler,
    [2 ... 6] = default_handler,   /* NMI, HardFault, MemManage, BusFault, UsageFault */
    [11 ... 12] = default_handler, /* SVCall, DebugMonitor */
    [14] = default_handler,        /* PendSV */
    [15] = systick_handler,
    [16 ... 75] = default_handler,
};
