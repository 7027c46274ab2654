"""An image: bytes and where they belong."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise
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

    def within(self, span: Span) -> Segment | None:
        """The part of the segment that lies in `span`, or None where there is none."""
        part = self.span.overlap(span)
        if part is None:
            return None
        return Segment(part.start, self.data[part.start - self.address : part.end - self.address])


@dataclass(frozen=True)
class Image:
    """Sparse bytes: segments sorted by address, never touching nor overlapping, none empty."""

    segments: tuple[Segment, ...]
    entry: int | None = None
    files: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        if not all(segment.data for segment in self.segments):
            raise ValueError("an image has no empty segments")
        if any(b.address <= a.span.end for a, b in pairwise(self.segments)):
            raise ValueError("an image's segments are sorted and apart; see Image.from_segments")

    @classmethod
    def of(cls, address: int, data: bytes) -> Image:
        """An image of one run of bytes (or of none)."""
        return cls.from_segments((Segment(address, data),))

    @classmethod
    def from_segments(
        cls,
        segments: Iterable[Segment],
        *,
        entry: int | None = None,
        files: tuple[Path, ...] = (),
    ) -> Image:
        """Sort, drop empty segments, join those that touch.

        Raises ValueError where two overlap: what then wins is the caller's decision.
        """
        runs: list[list[Segment]] = []
        for segment in sorted((s for s in segments if s.data), key=lambda s: s.address):
            end = runs[-1][-1].span.end if runs else -1
            if segment.address < end:
                raise ValueError(f"segments overlap at {segment.address:#010x}")
            if segment.address == end:
                runs[-1].append(segment)
            else:
                runs.append([segment])
        joined = (Segment(run[0].address, b"".join(s.data for s in run)) for run in runs)
        return cls(tuple(joined), entry, files)

    @property
    def size(self) -> int:
        """Number of bytes in all segments."""
        return sum(len(segment.data) for segment in self.segments)

    @property
    def spans(self) -> tuple[Span, ...]:
        """Where the bytes lie, ascending."""
        return tuple(segment.span for segment in self.segments)

    def within(self, span: Span) -> Image:
        """The part of the image that lies in `span`; entry and files stay."""
        parts = (segment.within(span) for segment in self.segments)
        return replace(self, segments=tuple(part for part in parts if part is not None))

    def covered(self, span: Span) -> tuple[Span, ...]:
        """The pieces of `span` that the image has bytes for, ascending."""
        pieces = (segment.span.overlap(span) for segment in self.segments)
        return tuple(piece for piece in pieces if piece is not None)

    def covers(self, span: Span) -> bool:
        """Whether the image has every byte of `span`."""
        return span.size == 0 or self.covered(span) == (span,)

    def read(self, span: Span, fill: int | None = None) -> bytes:
        """The bytes of `span`, with `fill` (0..255) where the image has none.

        Raises ValueError where the image has none and no `fill` is given.
        """
        if fill is None:
            if not self.covers(span):
                raise ValueError(f"the image does not have all of {span}")
            fill = 0
        data = bytearray([fill]) * span.size
        for segment in self.segments:
            if part := segment.within(span):
                at = part.address - span.start
                data[at : at + len(part.data)] = part.data
        return bytes(data)

    def overlay(self, other: Image) -> Image:
        """A copy with the bytes of `other` over it; its entry and files come first, too."""
        under = [piece for segment in self.segments for piece in other.uncovered(segment)]
        return Image.from_segments(
            (*under, *other.segments),
            entry=self.entry if other.entry is None else other.entry,
            files=(*other.files, *self.files),
        )

    def uncovered(self, segment: Segment) -> list[Segment]:
        """The pieces of `segment` that this image has no bytes for."""
        pieces: list[Segment] = []
        at = segment.address
        for taken in (*self.covered(segment.span), Span(segment.span.end, 0)):
            if at < taken.start and (piece := segment.within(Span(at, taken.start - at))):
                pieces.append(piece)
            at = taken.end
        return pieces

    def segment_at(self, address: int) -> Segment | None:
        """The segment that has the byte at `address`, or None."""
        index = bisect_right(self.segments, address, key=lambda s: s.address) - 1
        if index >= 0 and address in self.segments[index].span:
            return self.segments[index]
        return None
