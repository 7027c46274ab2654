"""A way to a ROM bootloader that is known, and not opened yet."""

from __future__ import annotations

from dataclasses import dataclass

from swdflash.links.base import RomLink
from swdflash.links.engine import Engine
from swdflash.links.pace import Pace
from swdflash.links.rom_factory import open_at, open_rom_link
from swdflash.links.via import Via, parse


@dataclass(frozen=True)
class RomWay:
    """`via` is its name; `place` and `pace` are where its cable ends, and whose time is there."""

    via: Via
    place: str
    pace: Pace

    @classmethod
    def of(cls, text: str) -> RomWay:
        """The way that is named so. Raises what `links.via.parse` does."""
        via = parse(text, Engine.AUTO)
        return cls(via, via.place, Pace())

    @property
    def name(self) -> str:
        """As it is written after `--rom`."""
        return str(self.via)

    @property
    def method(self) -> str:
        """`uart` or `dfu`."""
        return self.via.method

    @property
    def wired(self) -> bool:
        """Whether it can reset the chip into its ROM: BOOT0 and NRST are on modem lines."""
        return self.via.wired

    def open(self, timeout_s: float = 0.0) -> RomLink:
        """Raises LinkError kinds."""
        if self.place == self.via.place and self.via.board is not None:
            return open_rom_link(self.name, timeout_s=timeout_s)
        return open_at(self.via, self.place, self.pace, timeout_s)
