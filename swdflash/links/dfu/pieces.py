"""Which bytes go where: pure functions on what a plan wants programmed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from swdflash.memory import Span


@dataclass(frozen=True)
class Piece:
    """Bytes at an address."""

    address: int
    data: bytes = field(repr=False)

    @property
    def span(self) -> Span:
        """Where they go."""
        return Span(self.address, len(self.data))

    def within(self, span: Span) -> Piece | None:
        """What of it lies in a span, or None."""
        common = self.span.overlap(span)
        if common is None:
            return None
        at = common.start - self.address
        return Piece(common.start, self.data[at : at + common.size])


def aligned(span: Span, unit: int) -> Span:
    """The smallest span of whole units around it."""
    start, end = span.start // unit * unit, -(-span.end // unit) * unit
    return Span(start, end - start)


def over(background: Piece, pieces: Iterable[Piece]) -> Piece:
    """The background with pieces laid over it, the later over the earlier."""
    data = bytearray(background.data)
    for piece in pieces:
        if common := piece.within(background.span):
            at = common.address - background.address
            data[at : at + len(common.data)] = common.data
    return Piece(background.address, bytes(data))


def joined(pieces: Iterable[Piece], unit: int) -> Iterator[list[Piece]]:
    """Groups of pieces, in their order, each group in units without a gap between them."""
    group: list[Piece] = []
    for piece in pieces:
        if group:
            last = group[-1].span
            touches = aligned(piece.span, unit).start <= aligned(last, unit).end
            if piece.address < last.end or not touches:
                yield group
                group = []
        group.append(piece)
    if group:
        yield group


def differing(held: bytes, wanted: Piece, unit: int, erased: int) -> tuple[list[Piece], int | None]:
    """What of a piece is still to be programmed, and the first address that cannot be.

    A unit that is neither blank nor as wanted takes no more: flash bits go one way only.
    """
    missing: list[Piece] = []
    for at in range(0, len(held), unit):
        is_, to_be = held[at : at + unit], wanted.data[at : at + unit]
        if is_ == to_be:
            continue
        if any(byte != erased for byte in is_):
            return [], wanted.address + at
        if missing and missing[-1].span.end == wanted.address + at:
            missing[-1] = Piece(missing[-1].address, missing[-1].data + to_be)
        else:
            missing.append(Piece(wanted.address + at, to_be))
    return missing, None
