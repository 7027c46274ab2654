/* Lockout: the independent watchdog resets the chip each 2 ms (RM0008 19.3). */
#include "f103.h"

int main(void)
{
    IWDG_KR = 0x5555;
    IWDG_PR = 0;   /* LSI / 4: 0.1 ms */
    IWDG_RLR = 19; /* 20 of them */
    IWDG_KR = 0xCCCC;
    for (;;)
        ;
}
