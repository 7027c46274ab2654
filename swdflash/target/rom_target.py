"""A chip whose ROM bootloader is within reach."""

from __future__ import annotations

from dataclasses import dataclass

from swdflash.chips.chip import Chip
from swdflash.links.base import RomLink
from swdflash.target.arrival import PLAIN, Arrival
from swdflash.target.target import Identity, Target


@dataclass(frozen=True, kw_only=True)
class RomIdentity(Identity):
    """What is known of a part that answers by its ROM."""

    told_by: str  # what it was recognised by


@dataclass(frozen=True)
class RomTarget:
    """A chip, the link to the bootloader in its system memory, and how it was recognised."""

    chip: Chip
    link: RomLink
    identity: RomIdentity
    arrival: Arrival = PLAIN


AnyTarget = Target | RomTarget
