"""Finding out about sectors over a link without digests, where reading is as dear as writing.

A sector is looked at until it is clear that it holds neither what is wanted nor nothing: that takes
a few bytes where another program is in it, and all of it where nothing is to be done. A few bytes
cost a command of their own, which is saved where the sector before was read to its end: the next
most likely will be, too. Digests are asked for, which such a link computes from what it reads once:
a link that cannot be sure of one reading (UART) makes sure of what `read` gives, and that is not
needed to compare.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from swdflash.chips.chip import Flash
from swdflash.flashing.contents import Contents
from swdflash.links.base import Costs
from swdflash.links.digest import digest
from swdflash.memory import Span

FIRST = 16  # bytes that are looked at first: two programs seldom begin alike
MOST = 4096  # at once


class Readable(Protocol):
    """As much of a FlashLink as comparing needs."""

    @property
    def costs(self) -> Costs:
        """What reading costs."""
        ...

    def digests(self, spans: Sequence[Span]) -> list[int]:
        """One digest a span of whole words, as it is now."""
        ...


def compare(link: Readable, flash: Flash, wanted: Mapping[Span, bytes]) -> Contents:
    """Per sector of `wanted`: that it holds it, that it is blank, or that it is to be erased.

    A blank sector is recognised only where reading it takes less time than erasing it would.
    """
    digests: dict[Span, int] = {}
    differing: set[Span] = set()
    first = FIRST
    for sector, data in wanted.items():
        worth = sector.size / link.costs.bytes_per_s < flash.erase_time(sector).typ
        found = _held(link, _Hypotheses(sector, data, flash.erased, worth_blank=worth), first)
        first = FIRST if found is None else MOST
        if found is None:
            differing.add(sector)
        else:
            digests[sector] = digest(found)
    return Contents(digests, differing=frozenset(differing))


@dataclass
class _Hypotheses:
    """What a sector may still hold, as far as it was looked at."""

    sector: Span
    wanted: bytes
    erased: int
    worth_blank: bool
    holds: bool = True

    def __post_init__(self) -> None:
        self.blank = self.worth_blank

    def narrow(self, part: Span, found: int) -> bool:
        """Take in the digest of a part; whether anything is still open."""
        at = part.start - self.sector.start
        self.holds = self.holds and digest(self.wanted[at : at + part.size]) == found
        self.blank = self.blank and digest(bytes([self.erased]) * part.size) == found
        return self.holds or self.blank

    @property
    def content(self) -> bytes:
        """What all of it was found to be."""
        return self.wanted if self.holds else bytes([self.erased]) * self.sector.size


def _held(link: Readable, open_: _Hypotheses, first: int) -> bytes | None:
    for part in _parts(open_.sector, first):
        (found,) = link.digests([part])
        if not open_.narrow(part, found):
            return None
    return open_.content


def _parts(sector: Span, first: int) -> Iterator[Span]:
    at, size = sector.start, first
    while at < sector.end:
        size = min(size, sector.end - at)
        yield Span(at, size)
        at += size
        size = MOST if at % MOST == 0 else MOST - at % MOST
