/* Runs nothing: linked for 64 KiB of SRAM, the stack starts outside the 20 KiB there are. */
#include "f103.h"

__attribute__((noinline)) static void needs_stack(volatile uint32_t *where)
{
    *where = 1;
}

int main(void)
{
    volatile uint32_t word = 0;
    needs_stack(&word);
    blink(250);
}
