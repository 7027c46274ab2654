"""What option bytes forbid, as far as a ROM bootloader lets it be known."""

from __future__ import annotations

from swdflash.chips.chip import Chip
from swdflash.links.errors import TransferFault
from swdflash.target.protection import Protection, protected_spans
from swdflash.target.rom_target import RomTarget

ALL_FREE = 0xFFFF_FFFF


def rom_protection(target: RomTarget) -> Protection:
    """Read protection by what the ROM refuses, write protection by the option bytes themselves.

    Option bytes that the ROM does not let be read are taken to protect nothing: a page that cannot
    be erased is found by the check after it (a ROM acknowledges such an erase, AN3155). Raises
    LinkError kinds.
    """
    chip = target.chip
    if target.link.about.protected:
        return Protection(read_protected=True, write_protected=(), wrpr=ALL_FREE)
    wrpr = _wrpr(target, chip)
    return Protection(False, protected_spans(chip, wrpr, read_protected=False), wrpr)


def _wrpr(target: RomTarget, chip: Chip) -> int:
    """WRP0..3 put together as FLASH_WRPR has them (PM0075 §2.5)."""
    span = chip.option_bytes
    try:
        options = target.link.read(span.start, span.size)
    except TransferFault:
        return ALL_FREE
    value = ALL_FREE
    for bit in range(4):
        address = chip.option_byte_at.get(f"WRP{bit}")
        if address is not None:
            byte = options[address - span.start]
            value &= ~(0xFF << 8 * bit) | byte << 8 * bit
    return value
