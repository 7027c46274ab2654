"""The SWD pins: what can be said of them from the chip's side."""

from __future__ import annotations

from dataclasses import dataclass

from swdflash.chips.chip import Chip
from swdflash.chips.data import family_of


@dataclass(frozen=True)
class SwdPins:
    """On STM32F1 AFIO_MAPR.SWJ_CFG cuts SWD, and it is write-only (RM0008 §9.4.2).

    So it cannot be read whether firmware has set it; that the chip answers says that it has not
    cut SWD since the last reset, or that the debugger stopped it before it could.
    """

    swdio: str
    swclk: str
    cut_by: str
    undone_by: str
    readable: bool = False


def swd_pins(chip: Chip) -> SwdPins:
    """The pins of a chip and what cuts them."""
    swd = family_of(chip).swd
    return SwdPins(swd.swdio, swd.swclk, swd.cut_by, swd.undone_by)
