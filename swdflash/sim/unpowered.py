"""What is done to a virtual chip on the bench, without power and without SWD."""

from __future__ import annotations

from swdflash.images.check import at_flash
from swdflash.images.image import Image
from swdflash.sim.chip.peripherals.option_bytes import RDP_OFF
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
    at = _rdp_offset(kept)
    low, high = kept.nonvolatile.information_block[at : at + 2]
    return 0 if (low, high) == (RDP_OFF, RDP_OFF ^ 0xFF) else 1


def protect(kept: Kept, level: int) -> None:
    """Set read protection; as on the chip, going back to level 0 erases main flash.

    Raises NoSuchProtection: the STM32F1 has levels 0 and 1 (PM0075 §2.4.1).
    """
    if level not in (0, 1):
        raise NoSuchProtection(level, kept.chip.name)
    if level == 0 and protection(kept) == 1:
        blank(kept)
    at, value = _rdp_offset(kept), RDP_ON if level else RDP_OFF
    kept.nonvolatile.information_block[at : at + 2] = bytes((value, value ^ 0xFF))


def flash_contents(kept: Kept) -> bytes:
    """Main flash as it is."""
    return kept.nonvolatile.flash[: kept.chip.flash.span.size]


def erase_counts(kept: Kept) -> list[int]:
    """How often each sector was erased in its life."""
    counts = memoryview(kept.nonvolatile.erase_counts[:]).cast("I")
    return list(counts[: len(kept.chip.flash.sectors)])


def _rdp_offset(kept: Kept) -> int:
    return kept.chip.option_bytes.start - kept.chip.system_memory.start
