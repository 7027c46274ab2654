"""From Program steps to the blocks that Write Memory takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from swdflash.links.steps import Program
from swdflash.links.uart.frames import MOST_BYTES
from swdflash.memory import Span

# A command of its own costs 12 bytes and three answers: so much may be bridged in its place.
BRIDGED = 16


@dataclass(frozen=True)
class Piece:
    """Bytes of a step within 256 aligned ones."""

    address: int
    data: bytes

    @property
    def end(self) -> int:
        """Address after the last byte."""
        return self.address + len(self.data)


@dataclass(frozen=True)
class Block:
    """Pieces that one command writes, with what is between them; whole units of the ROM's."""

    span: Span
    pieces: tuple[Piece, ...]

    @property
    def size(self) -> int:
        """Bytes that the steps give."""
        return sum(len(piece.data) for piece in self.pieces)

    def over(self, held: bytes) -> bytes:
        """What the span holds afterwards, given what it holds now."""
        new = bytearray(held)
        for piece in self.pieces:
            at = piece.address - self.span.start
            new[at : at + len(piece.data)] = piece.data
        return bytes(new)


def blocks(programs: Sequence[Program], align: int) -> Iterator[Block]:
    """In the order of the steps; none crosses a multiple of 256, all begin and end on `align`."""
    together: list[Piece] = []
    for piece in _pieces(programs):
        if together and not _belongs(piece, together[-1]):
            yield _block(together, align)
            together = []
        together.append(piece)
    if together:
        yield _block(together, align)


def _pieces(programs: Sequence[Program]) -> Iterator[Piece]:
    for step in programs:
        at = 0
        while at < len(step.data):
            address = step.address + at
            size = MOST_BYTES - address % MOST_BYTES
            yield Piece(address, step.data[at : at + size])
            at += size


def _belongs(piece: Piece, before: Piece) -> bool:
    same = piece.address // MOST_BYTES == before.address // MOST_BYTES
    return same and 0 <= piece.address - before.end <= BRIDGED


def _block(pieces: list[Piece], align: int) -> Block:
    start = pieces[0].address // align * align
    end = -(-pieces[-1].end // align) * align
    return Block(Span(start, end - start), tuple(pieces))
