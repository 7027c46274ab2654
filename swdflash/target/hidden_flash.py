"""A C8 that is a CB: flash above what the part declares."""

from __future__ import annotations

from swdflash.chips.chip import Chip
from swdflash.chips.data import find_device
from swdflash.links.base import DebugLink
from swdflash.links.errors import TransferFault
from swdflash.memory import Span

KIB = 1024


def hidden_flash(link: DebugLink, chip: Chip) -> Span | None:
    """Flash that answers above what the part declares (a C8 that is a CB), or None.

    Two reads; that it answers does not say that it can be programmed: ST does not test it.
    """
    device = find_device(chip.dev_id)
    if chip.clone or device is None or chip.flash.span.size >= device.largest * KIB:
        return None  # clones are said to answer 0 where there is nothing
    beyond = Span(chip.flash.end, device.largest * KIB - chip.flash.span.size)
    try:
        link.read32(beyond.start)
        link.read32(beyond.end - 4)
    except TransferFault:
        return None
    return beyond
