"""Flash cells: what an operation on them does when it ends, and when power goes in the middle."""

from __future__ import annotations

import mmap
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from swdflash.memory import Span


@dataclass(frozen=True)
class Cells:
    """Bytes that only an erase sets and only programming clears; `base` is the first's address.

    `changed(span)` is called after each change.
    """

    base: int
    buffer: mmap.mmap
    changed: Callable[[Span], None]

    def __getitem__(self, span: Span) -> bytes:
        start = span.start - self.base
        return self.buffer[start : start + span.size]

    def __setitem__(self, span: Span, value: bytes) -> None:
        start = span.start - self.base
        self.buffer[start : start + span.size] = value
        self.changed(span)

    def peek(self, address: int, size: int) -> int:
        """The little-endian value at an address."""
        return int.from_bytes(self[Span(address, size)], "little")

    def peek16(self, address: int) -> int:
        """The half-word at an address."""
        start = address - self.base
        return self.buffer[start] | self.buffer[start + 1] << 8


class Programming:
    """A half-word, or as many bytes as are programmed at once, on its way to `value`."""

    def __init__(self, cells: Cells, address: int, value: int, size: int = 2) -> None:
        self._cells = cells
        self._span = Span(address, size)
        self._value = value
        self._old = cells.peek(address, size)

    def begin(self) -> None:
        """The cells hold the value; nobody can look before the operation is over."""
        self._cells[self._span] = self._value.to_bytes(self._span.size, "little")

    def cut(self, dice: random.Random) -> None:
        """Each bit that was to be cleared is, or is not yet."""
        mixed = self._value | self._old & dice.getrandbits(8 * self._span.size)
        self._cells[self._span] = mixed.to_bytes(self._span.size, "little")


class Erasing:
    """Sectors on their way to all ones; `wear` is told of each."""

    def __init__(self, cells: Cells, sectors: Sequence[Span], wear: Callable[[Span], None]) -> None:
        self._cells = cells
        self._old = {sector: cells[sector] for sector in sectors}
        self._wear = wear

    def begin(self) -> None:
        """All bits are 1; nobody can look before the operation is over."""
        for sector in self._old:
            self._cells[sector] = b"\xff" * sector.size
            self._wear(sector)

    def cut(self, dice: random.Random) -> None:
        """Each bit is what it was, or 1 already."""
        for sector, old in self._old.items():
            mixed = int.from_bytes(old, "little") | dice.getrandbits(sector.size * 8)
            self._cells[sector] = mixed.to_bytes(sector.size, "little")


class Changing(Protocol):
    """A change of cells."""

    def begin(self) -> None:
        """Take the cells to where they will be at its end."""

    def cut(self, dice: random.Random) -> None:
        """Power goes in the middle."""


class ErasingFirst:
    """Programming that forces an erase before it."""

    def __init__(self, erasing: Erasing, programming: Changing) -> None:
        self._erasing = erasing
        self._programming = programming

    def begin(self) -> None:
        """Both."""
        self._erasing.begin()
        self._programming.begin()

    def cut(self, dice: random.Random) -> None:
        """Neither was over."""
        self._erasing.cut(dice)
        self._programming.cut(dice)
