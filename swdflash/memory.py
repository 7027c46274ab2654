"""Half-open ranges of the address space, shared by chips, images, plans and links."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True, slots=True)
class Span:
    """`size` bytes from `start`; the byte at `end` is not part of it."""

    start: int
    size: int

    @property
    def end(self) -> int:
        """Address of the first byte after the span."""
        return self.start + self.size

    def __contains__(self, address: int) -> bool:
        return self.start <= address < self.end

    def covers(self, other: Span) -> bool:
        """Whether every byte of `other` lies in this span."""
        return self.start <= other.start and other.end <= self.end

    def overlap(self, other: Span) -> Span | None:
        """The bytes that both spans have, or None where they share none."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Span(start, end - start) if start < end else None

    def __str__(self) -> str:
        return f"{self.start:#010x}..{self.end:#010x}"
