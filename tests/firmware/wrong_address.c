/* Runs nothing: linked to 0x08002000, but put at 0x08000000. */
#include "f103.h"

int main(void)
{
    blink(250);
}
