"""A chip within reach."""

from __future__ import annotations

from dataclasses import dataclass

from swdflash.chips.arm import CPUID, PIDR
from swdflash.chips.chip import Chip
from swdflash.events import Noted
from swdflash.links.base import DebugLink
from swdflash.target.arrival import PLAIN, Arrival
from swdflash.target.presence import Presence


@dataclass(frozen=True)
class Identity:
    """What the part says of itself, and what was made of it."""

    cpuid: CPUID
    dpidr: int
    pidr: PIDR  # of the processor's ROM table
    idcode: int  # DBGMCU_IDCODE, as read
    dev_id: int  # from it, or from the ROM table where it reads 0
    rev_id: int
    revision: str | None  # the letter in ST's manual, or None where it is not listed
    flash_kib: int  # what is used
    size_register: int  # what the part declares (KiB)
    uid: str  # 24 hex digits, in the order of memory
    clone: str | None
    notes: tuple[Noted, ...] = ()


@dataclass(frozen=True)
class Target:
    """A chip, the link that reaches it, and how it was recognised."""

    chip: Chip
    link: DebugLink
    identity: Identity
    presence: Presence  # what being connected changes on the chip
    arrival: Arrival = PLAIN
