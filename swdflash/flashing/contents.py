"""What is on the chip, as far as a plan needs to know it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from swdflash.links.digest import digest
from swdflash.memory import Span


@dataclass(frozen=True)
class Contents:
    """Per sector, its bytes, its digest, or that it is to be erased whatever it holds.

    `differing` sectors hold neither what is wanted of them nor, as far as anybody knows, nothing.
    Sectors nobody asked about are in none of the three.
    """

    digests: Mapping[Span, int] = field(default_factory=dict)
    data: Mapping[Span, bytes] = field(default_factory=dict)
    differing: frozenset[Span] = frozenset()

    def known(self, sector: Span) -> bool:
        """Whether anything is known about the sector."""
        return sector in self.data or sector in self.digests or sector in self.differing

    def holds(self, sector: Span, wanted: bytes) -> bool:
        """Whether the sector holds exactly these bytes, by what is known about it."""
        if sector in self.differing:
            return False
        if sector in self.data:
            return self.data[sector] == wanted
        return self.digests[sector] == digest(wanted)

    def is_blank(self, sector: Span, erased: int) -> bool:
        """Whether every byte of the sector has the erased value."""
        if sector in self.differing:
            return False
        if sector in self.data:
            return self.data[sector].count(erased) == sector.size
        return self.digests[sector] == _blank_digest(sector.size, erased)


@cache
def _blank_digest(size: int, erased: int) -> int:
    return digest(bytes([erased]) * size)
