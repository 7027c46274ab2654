"""What tables of `targets/` are made of, as `msgspec` checks them (unknown keys are refused)."""

from __future__ import annotations

from msgspec import Struct

from swdflash.chips.times import Time
from swdflash.memory import Span


class Row(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the file."""


class TypMax(Row, frozen=True):
    """A duration in the unit of the key that holds it."""

    typ: float
    max: float

    def time(self, per_second: float) -> Time:
        """In seconds; `per_second` of the key's unit make one."""
        return Time(self.typ / per_second, self.max / per_second)


class Kib(Row, frozen=True):
    """Memory of whole KiB."""

    start: int
    kib: int

    @property
    def span(self) -> Span:
        """Its bytes."""
        return Span(self.start, self.kib * 1024)


class Block(Row, frozen=True):
    """Memory of some bytes."""

    start: int
    bytes: int

    @property
    def span(self) -> Span:
        """Its bytes."""
        return Span(self.start, self.bytes)
