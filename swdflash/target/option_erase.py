"""Taking level 1 of read protection off an STM32F1 (PM0075 §2.4.1, §2.5)."""

from __future__ import annotations

from swdflash.chips.chip import Chip
from swdflash.links.base import DebugLink
from swdflash.links.errors import Timeout

KEYS = (0x4567_0123, 0xCDEF_89AB)  # KEY1, KEY2: for FLASH_KEYR and FLASH_OPTKEYR alike
PATIENCE_S = 2.0  # many times a mass erase of two banks
USER_BITS = 7  # WDG_SW, nRST_STOP, nRST_STDBY: FLASH_OBR 4:2, USER 2:0


def take_off(link: DebugLink, chip: Chip) -> None:
    """Erase the option bytes and program RDP: the chip erases all of its flash before it does.

    USER is kept, write protection and the data bytes are not. It counts after the next reset.
    Raises LinkError kinds.
    """
    registers, bits = chip.registers, chip.layouts["FLASH_CR"].fields
    wdg_sw = chip.layouts["FLASH_OBR"].fields["WDG_SW"].lsb
    user = link.read32(registers["FLASH_OBR"]) >> wdg_sw & USER_BITS | 0xFF & ~USER_BITS
    link.halt()
    for name in ("FLASH_KEYR", "FLASH_OPTKEYR"):
        for key in KEYS:
            link.write32(registers[name], key)
    enabled = bits["OPTWRE"].mask
    link.write32(registers["FLASH_CR"], enabled | bits["OPTER"].mask)
    link.write32(registers["FLASH_CR"], enabled | bits["OPTER"].mask | bits["STRT"].mask)
    _await_idle(link, chip)
    link.write32(registers["FLASH_CR"], enabled | bits["OPTPG"].mask)
    for name, value in (("RDP", chip.rdp_unprotected), ("USER", user)):
        link.write16(chip.option_byte_at[name], value)
        _await_idle(link, chip)
    link.write32(registers["FLASH_CR"], bits["LOCK"].mask)


def _await_idle(link: DebugLink, chip: Chip) -> None:
    deadline = link.now() + PATIENCE_S
    busy = chip.layouts["FLASH_SR"].fields["BSY"].mask
    while link.read32(chip.registers["FLASH_SR"]) & busy:
        if link.now() > deadline:
            raise Timeout("the flash controller stays busy (FLASH_SR.BSY)")
