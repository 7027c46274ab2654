/* The vector table and the way to main(); no firmware here has data to be copied or cleared. */
#include "f103.h"

extern uint32_t stack_top[];

void reset_handler(void)
{
    main();
    for (;;)
        ;
}

/* Stops where a debugger finds it. */
void default_handler(void)
{
    for (;;)
        ;
}

__attribute__((weak, alias("default_handler"))) void systick_handler(void);
__attribute__((weak, alias("default_handler"))) void hard_fault_handler(void);

typedef void (*handler)(void);

/* RM0008 table 63: 16 words of the core, then 43 interrupts of medium-density parts. */
__attribute__((used, section(".vectors"))) const handler vectors[16 + 43] = {
    (handler)stack_top,
    reset_handler,
    default_handler,               /* NMI */
    hard_fault_handler,
    [4 ... 6] = default_handler,   /* MemManage, BusFault, UsageFault */
    [11 ... 12] = default_handler, /* SVCall, DebugMonitor */
    [14] = default_handler,        /* PendSV */
    [15] = systick_handler,
    [16 ... 58] = default_handler,
};
