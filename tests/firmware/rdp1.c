/* Lockout: the firmware protects itself from being read (PM0075 2.4.1), and blinks.
 *
 * A reset loads the option bytes; this is the one that a person gives, or the next power-on.
 */
#include "f103.h"

static void change_option_bytes(uint32_t how)
{
    FLASH_CR = (FLASH_CR & ~(FLASH_CR_OPTPG | FLASH_CR_OPTER)) | how;
}

int main(void)
{
    if (!(FLASH_OBR & FLASH_OBR_RDPRT)) {
        FLASH_KEYR = 0x45670123;
        FLASH_KEYR = 0xCDEF89AB;
        FLASH_OPTKEYR = 0x45670123;
        FLASH_OPTKEYR = 0xCDEF89AB;
        change_option_bytes(FLASH_CR_OPTER);
        FLASH_CR |= FLASH_CR_STRT;
        while (FLASH_SR & FLASH_SR_BSY)
            ;
        change_option_bytes(FLASH_CR_OPTPG);
        OPTION_RDP = 0x00;
        while (FLASH_SR & FLASH_SR_BSY)
            ;
    }
    blink(250);
}
