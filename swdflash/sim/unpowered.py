"""What is done to a virtual chip on the bench, without power and without SWD."""

from __future__ import annotations

from swdflash.chips.chip import Chip
from swdflash.images.check import at_flash
from swdflash.images.image import Image
from swdflash.sim.chip.peripherals.information_block import block_span
from swdflash.sim.errors import FirmwareOutsideFlash, NoSuchProtection
from swdflash.sim.store import Kept

RDP_ON = 0x00  # any value but RDPRT


def put_firmware(kept: Kept, image: Image) -> None:
    """Fill flash with the image and nothing else. Raises FirmwareOutsideFlash."""
    flash = kept.chip.flash.span
    placed = at_flash(image, flash)
    for segment in placed.segments:
        if not flash.covers(segment.span):
            raise FirmwareOutsideFlash(str(segment.span), kept.chip.name, str(flash))
    blank(kept)
    for segment in placed.segments:
        start = segment.address - flash.start
        kept.nonvolatile.flash[start : start + len(segment.data)] = segment.data


def blank(kept: Kept) -> None:
    """Erase flash, without wear."""
    kept.nonvolatile.flash[:] = b"\xff" * len(kept.nonvolatile.flash)


def protection(kept: Kept) -> int:
    """Read protection level, as the option bytes have it."""
    rdp = _rdp(kept)
    if rdp == kept.chip.rdp_unprotected:
        return 0
    return 2 if rdp == kept.chip.rdp_level_2 else 1


def protect(kept: Kept, level: int) -> None:
    """Set read protection; as on the chip, going back to level 0 erases main flash.

    A person with a new chip can undo level 2, the chip cannot. Raises NoSuchProtection: the
    STM32F1 has levels 0 and 1 (PM0075 §2.4.1).
    """
    levels = {0: kept.chip.rdp_unprotected, 1: RDP_ON, 2: kept.chip.rdp_level_2}
    value = levels.get(level)
    if value is None:
        raise NoSuchProtection(level, kept.chip.name)
    if level == 0 and protection(kept):
        blank(kept)
    at = _rdp_offset(kept)
    paired = (value, value ^ 0xFF) if _has_complements(kept.chip) else (value,)
    kept.nonvolatile.information_block[at : at + len(paired)] = bytes(paired)


def flash_contents(kept: Kept) -> bytes:
    """Main flash as it is."""
    return kept.nonvolatile.flash[: kept.chip.flash.span.size]


def erase_counts(kept: Kept) -> list[int]:
    """How often each sector was erased in its life."""
    counts = memoryview(kept.nonvolatile.erase_counts[:]).cast("I")
    return list(counts[: len(kept.chip.flash.sectors)])


def _rdp(kept: Kept) -> int | None:
    """The option byte RDP; None where it is not what its complement says."""
    at = _rdp_offset(kept)
    low, high = kept.nonvolatile.information_block[at : at + 2]
    return low if low ^ high == 0xFF or not _has_complements(kept.chip) else None


def _has_complements(chip: Chip) -> bool:
    """Option bytes lie in flash with their complements, or are behind FLASH_OPTCR."""
    return "FLASH_OPTCR" not in chip.registers


def _rdp_offset(kept: Kept) -> int:
    return kept.chip.option_byte_at["RDP"] - block_span(kept.chip).start
