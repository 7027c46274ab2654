"""How this chip's flash is changed over this link."""

from __future__ import annotations

from swdflash.chips.chip import Chip
from swdflash.flashing.on_chip import OnChip
from swdflash.links.base import DebugLink, FlashLink


def flash_link(link: DebugLink, chip: Chip) -> FlashLink:
    """By the engine's own drivers where it brings them, else by a loader in the chip's RAM.

    The chip is not touched yet. Raises `NoRoomForLoader` where its RAM is too small for one.
    """
    return link.flash_link(chip) or OnChip(link, chip)
