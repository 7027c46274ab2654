"""A chip within reach."""

from __future__ import annotations

from dataclasses import dataclass

from swdflash.chips.arm import CPUID, PIDR
from swdflash.chips.chip import Chip
from swdflash.events import Noted
from swdflash.links.base import DebugLink
from swdflash.target.arrival import PLAIN, Arrival
from swdflash.target.presence import Presence


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What the part says of itself, and what was made of it, whichever way it was asked."""

    dev_id: int
    revision: str | None  # the letter in ST's manual, or None where it is not known
    flash_kib: int  # what is used
    size_register: int  # what the part declares (KiB); 0 where it cannot be read
    uid: str  # 24 hex digits, in the order of memory; empty where it cannot be read
    clone: str | None
    notes: tuple[Noted, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DebugIdentity(Identity):
    """What is known of a part that answers over SWD."""

    cpuid: CPUID
    dpidr: int
    pidr: PIDR  # of the processor's ROM table
    idcode: int  # DBGMCU_IDCODE, as read
    rev_id: int


@dataclass(frozen=True)
class Target:
    """A chip whose debug port is within reach, the link to it, and how it was recognised."""

    chip: Chip
    link: DebugLink
    identity: DebugIdentity
    presence: Presence  # what being connected changes on the chip
    arrival: Arrival = PLAIN
