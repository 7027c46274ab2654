"""What a rung of the ladder is: what it takes, what it is for, and one attempt."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from enum import Flag, auto
from typing import Protocol

from swdflash.links.base import DebugLink, RomLink
from swdflash.recovery.bench import Bench
from swdflash.recovery.finding import Cause
from swdflash.recovery.hand import Act


class Needs(Flag):
    """What has to be there for a rung."""

    NOTHING = 0
    NRST = auto()  # the probe's reset wire
    HAND = auto()  # somebody at the board
    CONSENT = auto()  # something will be lost: a yes
    UART = auto()  # a serial port that leads to its ROM bootloader
    DFU = auto()  # its USB socket, for its ROM bootloader


@dataclass(frozen=True)
class Reached:
    """It worked: the core answers over `link`."""

    link: DebugLink
    why: str
    dbgmcu: int | None = None  # DBGMCU_CR before the rung changed it; None where it did not
    undo: tuple[Act, ...] = ()  # what the hand has to put back in the end


@dataclass(frozen=True)
class ReachedRom:
    """It worked another way: the bootloader in system memory answers over `link`."""

    link: RomLink
    why: str
    undo: tuple[Act, ...] = ()  # what the hand has to put back in the end


@dataclass(frozen=True)
class Missed:
    """It did not work, and this is what was seen."""

    why: str


class Rung(Protocol):
    """One way in. Link errors may be raised: the ladder counts them as misses."""

    @property
    def name(self) -> str:
        """For people and JSON: "under-reset"."""
        ...

    @property
    def needs(self) -> Needs:
        """What has to be there."""
        ...

    @property
    def risks(self) -> str:
        """What becomes of the chip: "nothing", "resets it", "erases all of its flash"."""
        ...

    @property
    def told(self) -> str:
        """What somebody at the board would be asked for; empty where nobody is needed."""
        ...

    @property
    def cures(self) -> Set[Cause]:
        """Causes that it is the right way in for."""
        ...

    def climb(self, bench: Bench) -> Reached | ReachedRom | Missed:
        """Try it once. The bench closes what is not kept. Raises LinkError kinds."""
        ...
