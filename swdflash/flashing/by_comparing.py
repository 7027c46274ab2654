"""Finding out about sectors over a link without digests, where reading is as dear as writing.

A sector is read until it is clear that it holds neither what is wanted nor nothing: that takes a
few bytes where another program is in it, and all of it where nothing is to be done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from swdflash.chips.chip import Flash
from swdflash.flashing.contents import Contents
from swdflash.links.base import Costs
from swdflash.links.digest import digest
from swdflash.memory import Span

FIRST = 16  # bytes that are read first: two programs seldom begin alike
MOST = 4096  # at once


class Readable(Protocol):
    """As much of a FlashLink as comparing needs."""

    @property
    def costs(self) -> Costs:
        """What reading costs."""
        ...

    def read(self, address: int, size: int) -> bytes:
        """Bytes as they are now."""
        ...


def compare(link: Readable, flash: Flash, wanted: Mapping[Span, bytes]) -> Contents:
    """Per sector of `wanted`: that it holds it, that it is blank, or that it is to be erased.

    A blank sector is recognised only where reading it takes less time than erasing it would.
    """
    digests: dict[Span, int] = {}
    differing: set[Span] = set()
    for sector, data in wanted.items():
        worth = sector.size / link.costs.bytes_per_s < flash.erase_time(sector).typ
        found = _held(link, _Hypotheses(sector, data, flash.erased, worth_blank=worth))
        if found is None:
            differing.add(sector)
        else:
            digests[sector] = digest(found)
    return Contents(digests, differing=frozenset(differing))


@dataclass
class _Hypotheses:
    """What a sector may still hold, as far as it was read."""

    sector: Span
    wanted: bytes
    erased: int
    worth_blank: bool
    holds: bool = True

    def __post_init__(self) -> None:
        self.blank = self.worth_blank

    def narrow(self, at: int, seen: bytes) -> bool:
        """Take in what was read at an offset; whether anything is still open."""
        self.holds = self.holds and self.wanted[at : at + len(seen)] == seen
        self.blank = self.blank and seen.count(self.erased) == len(seen)
        return self.holds or self.blank

    @property
    def content(self) -> bytes:
        """What all of it was read to be."""
        return self.wanted if self.holds else bytes([self.erased]) * self.sector.size


def _held(link: Readable, open_: _Hypotheses) -> bytes | None:
    for part in _parts(open_.sector):
        seen = link.read(part.start, part.size)
        if not open_.narrow(part.start - open_.sector.start, seen):
            return None
    return open_.content


def _parts(sector: Span) -> Iterator[Span]:
    at, size = sector.start, FIRST
    while at < sector.end:
        size = min(size, sector.end - at)
        yield Span(at, size)
        at += size
        size = MOST if at % MOST == 0 else MOST - at % MOST
