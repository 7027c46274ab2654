"""Blocks written into flash, and put right where one was cut short on the way."""

from __future__ import annotations

from collections.abc import Sequence

from swdflash.chips.chip import Flash
from swdflash.links.dfu.dfuse import DfuSe
from swdflash.links.dfu.errors import DfuProgramFailed, TransferFailed
from swdflash.links.dfu.limits import Limits
from swdflash.links.dfu.pieces import Piece, differing
from swdflash.links.errors import LinkError
from swdflash.memory import Span

TRIES = 6


class Repair:
    """Writes blocks, and remembers them for as long as a list of steps is carried out.

    A block that failed is read back. What of it is blank is programmed; where flash holds something
    else, its sector is erased and programmed anew from what the steps have put there so far: only
    if the same steps erased it, for else it may hold bytes that are written down nowhere.
    """

    def __init__(self, dfuse: DfuSe, flash: Flash, limits: Limits, checked: Sequence[Span]) -> None:
        """`checked` is what the steps compare in the end."""
        self.erased: list[Span] = []  # by the steps so far
        self._checked = checked
        self._dfuse = dfuse
        self._flash = flash
        self._limits = limits
        self._written: list[Piece] = []

    def write(self, block: Piece) -> None:
        """Write it. Raises `DfuProgramFailed`, and kinds of `LinkError` where trying is no help."""
        self._require_blank(block)
        try:
            self._write_once(block)
        except TransferFailed as lost:
            if not lost.passing:
                raise
            self._put_right(block, lost)
        except DfuProgramFailed as refused:
            self._put_right(block, refused)
        self._written.append(block)

    def _require_blank(self, block: Piece) -> None:
        """Look where nobody else does: a ROM does not tell of flash that takes nothing."""
        sure = (*self.erased, *self._checked)
        touched = [sector for sector in self._flash.sectors if sector.overlap(block.span)]
        if not all(any(span.covers(sector) for span in sure) for sector in touched):
            _, spoilt = self._compare([block])
            if spoilt is not None:
                raise DfuProgramFailed(spoilt, "it is not blank")

    def _write_once(self, block: Piece) -> None:
        self._dfuse.write(block.address, block.data, self._limits.program(len(block.data)))

    def _put_right(self, block: Piece, problem: LinkError | DfuProgramFailed) -> None:
        pieces = [block]
        for _ in range(TRIES):
            try:
                self._dfuse.recover()
                missing, spoilt = self._compare(pieces)
                if spoilt is not None:
                    missing = pieces = self._erase_around(spoilt, pieces, problem)
                if not missing:
                    return
                problem = self._write_again(missing) or problem
            except TransferFailed as lost:
                if not lost.passing:
                    raise
                problem = lost
        raise problem

    def _compare(self, pieces: Sequence[Piece]) -> tuple[list[Piece], int | None]:
        """What is missing, and where flash holds what it should not."""
        missing: list[Piece] = []
        for piece in pieces:
            held = self._dfuse.read(piece.address, len(piece.data))
            more, spoilt = differing(held, piece, self._flash.unit, self._flash.erased)
            if spoilt is not None:
                return [], spoilt
            missing += more
        return missing, None

    def _erase_around(
        self, spoilt: int, pieces: list[Piece], problem: LinkError | DfuProgramFailed
    ) -> list[Piece]:
        """Erase the sector, and tell all that is to be in it, and in the pieces."""
        sector = next(each for each in self._flash.sectors if spoilt in each)
        if not any(span.covers(sector) for span in self.erased):
            refused = DfuProgramFailed(spoilt, f"it is not blank, and was not erased ({problem})")
            raise refused from problem
        self._dfuse.erase(sector.start, self._limits.erase(sector))
        lost = [inside for piece in self._written if (inside := piece.within(sector))]
        return [*lost, *pieces]

    def _write_again(self, pieces: Sequence[Piece]) -> DfuProgramFailed | None:
        """In blocks, up to the first that flash does not take."""
        size = self._dfuse.block
        try:
            for piece in pieces:
                for at in range(0, len(piece.data), size):
                    self._write_once(Piece(piece.address + at, piece.data[at : at + size]))
        except DfuProgramFailed as refused:
            return refused
        return None
