"""How this chip's flash is changed over this link."""

from __future__ import annotations

from swdflash.chips.chip import Chip
from swdflash.flashing.errors import NoLoader
from swdflash.flashing.loader_protocol import Loader, load_loader
from swdflash.flashing.on_chip import OnChip
from swdflash.links.base import DebugLink, FlashLink


def flash_link(link: DebugLink, chip: Chip) -> FlashLink:
    """By the engine's own drivers where it brings them, else by a loader in the chip's RAM.

    The chip is not touched yet. Raises `NoLoader`, `NoRoomForLoader` where its RAM is too small.
    """
    return link.flash_link(chip) or OnChip(link, chip, loader_of(chip))


def loader_of(chip: Chip) -> Loader:
    """The loader for the chip's flash controller. Raises `NoLoader`."""
    if chip.loader is None:
        raise NoLoader(chip.name, ", ".join(map(str, chip.rom.usable)))
    return load_loader(chip.loader)
