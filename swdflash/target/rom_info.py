"""Everything that `swdflash info` shows of a chip in its ROM bootloader; changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from swdflash.links.base import RomAbout
from swdflash.links.errors import TransferFault
from swdflash.target.protection import Protection
from swdflash.target.rom_protection import rom_protection
from swdflash.target.rom_target import RomTarget


@dataclass(frozen=True)
class RomInfo:
    """What the ROM says of itself and of the chip around it."""

    about: RomAbout
    version: int | None  # the bootloader's own, 0x21 is V2.1 (AN2606); None where it is not known
    protection: Protection


def gather_rom(target: RomTarget) -> RomInfo:
    """Read it all. Raises LinkError kinds."""
    return RomInfo(target.link.about, _version(target), rom_protection(target))


def _version(target: RomTarget) -> int | None:
    at = target.chip.rom.version_at
    if at is None or target.link.about.protected:
        return None
    try:
        return target.link.read(at, 1)[0]
    except TransferFault:
        return None
