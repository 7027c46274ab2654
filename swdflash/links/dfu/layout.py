"""The memories that a DfuSe device declares, by the strings of its alternate settings (UM0424).

`@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg`: a name, then addresses, each with
`COUNT*SIZE UNIT TYPE` of what follows there. UNIT is a blank or `B` (bytes), `K` or `M`; the low
three bits of TYPE, a letter from `a` to `g`, say what can be done.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Flag
from itertools import pairwise

from swdflash.memory import Span

INTERNAL_FLASH = "Internal Flash"
OPTION_BYTES = "Option Bytes"
DEVICE_FEATURE = "Device Feature"

ADDRESS_SPACE = 1 << 32
MOST_SECTORS = 1 << 16  # more than any STM32 has; a string that says more is nonsense

_STRING = re.compile(
    r"@\s*(?P<name>[^/]*?)\s*(?P<regions>(/\s*0x[0-9a-f]{1,8}\s*/[^/]*)+)", re.IGNORECASE
)
_REGION = re.compile(r"/\s*(0x[0-9a-f]{1,8})\s*/([^/]*)", re.IGNORECASE)
_SECTORS = re.compile(r"\s*([0-9]{1,9})\s*\*\s*([0-9]{1,9})([ BKM]?)\s*([a-g]?)\s*", re.IGNORECASE)
_UNITS = {"": 1, " ": 1, "B": 1, "K": 1024, "M": 1024 * 1024}


class Can(Flag):
    """What a sector lets a host do."""

    NOTHING = 0
    READ = 1
    ERASE = 2
    WRITE = 4
    EVERYTHING = READ | ERASE | WRITE


class NoLayout(ValueError):
    """The string is none that DfuSe has, or makes no sense."""


@dataclass(frozen=True)
class Sectors:
    """`count` sectors of one size, one behind the other."""

    start: int
    count: int
    size: int
    can: Can

    @property
    def span(self) -> Span:
        """All of them."""
        return Span(self.start, self.count * self.size)

    def __iter__(self) -> Iterator[Span]:
        return (Span(self.start + at * self.size, self.size) for at in range(self.count))


@dataclass(frozen=True)
class Memory:
    """What one alternate setting leads to."""

    name: str  # "Internal Flash"
    parts: tuple[Sectors, ...]
    alternate: int = field(default=0, compare=False)  # bAlternateSetting

    @property
    def sectors(self) -> tuple[Span, ...]:
        """Every sector, in the order of the string."""
        return tuple(sector for part in self.parts for sector in part)

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(part.span.size for part in self.parts)

    def holds(self, address: int) -> bool:
        """Whether it declares an address."""
        return any(address in part.span for part in self.parts)

    def can(self, span: Span) -> Can:
        """What every byte of the span lets a host do; nothing where a byte is not declared."""
        can, covered = Can.EVERYTHING, 0
        for part in self.parts:
            if common := part.span.overlap(span):
                can &= part.can
                covered += common.size
        return can if covered == span.size else Can.NOTHING


def parse(string: str, alternate: int = 0) -> Memory:
    """The memory that an interface string declares. Raises `NoLayout`.

    What is not printable is passed over: some devices end their strings in zeros.
    """
    text = "".join(char for char in string if char.isprintable()).strip()
    found = _STRING.fullmatch(text)
    if not found:
        raise NoLayout(text)
    parts: list[Sectors] = []
    for address, listed in _REGION.findall(found["regions"]):
        start = int(address, 16)
        for one in listed.rstrip().removesuffix(",").split(","):
            parts.append(_sectors(start, one, text))
            start = parts[-1].span.end
    _require_sense(parts, text)
    return Memory(found["name"], tuple(parts), alternate)


def _sectors(start: int, text: str, whole: str) -> Sectors:
    found = _SECTORS.fullmatch(text)
    if not found:
        raise NoLayout(whole)
    count, size, unit, kind = found.groups()
    can = Can(ord(kind.lower()) & 0b111) if kind else Can.NOTHING
    return Sectors(start, int(count), int(size) * _UNITS[unit.upper()], can)


def _require_sense(parts: list[Sectors], text: str) -> None:
    """Sectors with bytes in them, in the address space, and no byte in two of them."""
    spans = sorted(part.span for part in parts)
    apart = all(first.end <= then.start for first, then in pairwise(spans))
    some = all(span.size for span in spans)
    few = sum(part.count for part in parts) <= MOST_SECTORS
    if not (apart and some and few and spans[-1].end <= ADDRESS_SPACE):
        raise NoLayout(text)
