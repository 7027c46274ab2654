/* No lockout: ten seconds without a sign of life, then the LED blinks. */
#include "f103.h"

int main(void)
{
    delay_ms(10000);
    blink(250);
}
