"""An image: bytes and where they belong."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from swdflash.memory import Span


@dataclass(frozen=True, slots=True)
class Segment:
    """Consecutive bytes at an address."""

    address: int
    data: bytes = field(repr=False)

    @property
    def span(self) -> Span:
        """Where the bytes lie."""
        return Span(self.address, len(self.data))


@dataclass(frozen=True)
class Image:
    """Sparse bytes: segments sorted by address, never touching nor overlapping, none empty."""

    segments: tuple[Segment, ...]
    entry: int | None = None
    files: tuple[Path, ...] = ()

    @property
    def size(self) -> int:
        """Number of bytes in all segments."""
        return sum(len(segment.data) for segment in self.segments)
