/* A fault in the HardFault handler locks the core up (DDI 0403 B1.5.15). SWD goes on answering. */
#include "f103.h"

#define NOWHERE REGISTER(0x60000000) /* FSMC, which this part has not */

void hard_fault_handler(void)
{
    (void)NOWHERE;
}

int main(void)
{
    (void)NOWHERE;
    for (;;)
        ;
}
