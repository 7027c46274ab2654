"""Taking level 1 of read protection off, by the flash controller.

STM32F1 and F0 have option bytes that are erased and programmed (PM0075 §2.4.1, §2.5), the STM32F4
has them behind a register (RM0090 §3.7).
"""

from __future__ import annotations

from swdflash.chips.chip import Chip
from swdflash.links.base import DebugLink
from swdflash.links.errors import Timeout

KEYS = (0x4567_0123, 0xCDEF_89AB)  # KEY1, KEY2: for FLASH_KEYR and FLASH_OPTKEYR alike
OPTION_KEYS = (0x0819_2A3B, 0x4C5D_6E7F)  # OPTKEY1, OPTKEY2 (RM0090 §3.7.2)
PATIENCE_S = 2.0  # beside a mass erase, which is done first
USER_BITS = 7  # WDG_SW, nRST_STOP, nRST_STDBY: FLASH_OBR 4:2, USER 2:0


def take_off(link: DebugLink, chip: Chip) -> None:
    """Erase the option bytes and program RDP: the chip erases all of its flash before it does.

    USER is kept, write protection and the data bytes are not. It counts after the next reset.
    Raises LinkError kinds.
    """
    if "FLASH_OPTCR" in chip.registers:
        _take_off_by_register(link, chip)
    else:
        _take_off_by_bytes(link, chip)


def _take_off_by_register(link: DebugLink, chip: Chip) -> None:
    """RDP alone is changed; flash is erased at the width that FLASH_CR.PSIZE says."""
    register, layout = chip.registers["FLASH_OPTCR"], chip.layouts["FLASH_OPTCR"]
    link.halt()
    for key in OPTION_KEYS:
        link.write32(chip.registers["FLASH_OPTKEYR"], key)
    value = layout.fields["RDP"].put(link.read32(register), chip.rdp_unprotected)
    link.write32(register, value)
    link.write32(register, value | layout.fields["OPTSTRT"].mask)
    _await_idle(link, chip)
    link.write32(register, link.read32(register) | layout.fields["OPTLOCK"].mask)


def _take_off_by_bytes(link: DebugLink, chip: Chip) -> None:
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
    # Where a reset does not load the option bytes, this does, and resets (RM0091 §3.5.5).
    last = bits["OBL_LAUNCH"] if "OBL_LAUNCH" in bits else bits["LOCK"]
    link.write32(registers["FLASH_CR"], last.mask)


def _await_idle(link: DebugLink, chip: Chip) -> None:
    slowest = max(times.mass_erase.max for times in (chip.flash.times, *chip.flash.slower))
    deadline = link.now() + slowest + PATIENCE_S
    busy = chip.layouts["FLASH_SR"].fields["BSY"].mask
    while link.read32(chip.registers["FLASH_SR"]) & busy:
        if link.now() > deadline:
            raise Timeout("the flash controller stays busy (FLASH_SR.BSY)")
