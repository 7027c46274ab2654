"""Changing main flash through a ROM so that what is in it afterwards is known.

An ACK to Write is no proof: it comes for a write-protected page, too (AN3155 §3.6, note), and a
checksum of one byte can be right by chance. A missing one is none either. So where anything was not
as it should be, the block is read back. Cells that hold something wrong cannot be programmed again
(PM0075 §2.3.3): the sector is erased, and written anew from what it is known to hold.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from swdflash.chips.chip import Bank, Chip, Flash
from swdflash.chips.rom import Quirk
from swdflash.links.flash_errors import ProgramFailed
from swdflash.links.steps import Program
from swdflash.links.uart.an3155 import An3155, CommandSet
from swdflash.links.uart.blocks import Block, blocks
from swdflash.links.uart.eraser import EraseCommand, Eraser
from swdflash.links.uart.errors import RomRefuses
from swdflash.links.uart.reading import parts, read_sure
from swdflash.links.uart.session import Session
from swdflash.links.uart.trouble import Nacked
from swdflash.memory import Span

TRIES = 3  # of a block that stays blank, and of a sector that is written anew
VOLTAGE_AT = 0xFFFF_0000  # no memory: the ROM takes a byte there for the supply's range (AN2606)
FROM_2V7 = b"\x03"  # 2.7 V to 3.6 V: 32 bits at once


class RomFlash:
    """Main flash of a chip, as its ROM lets it be changed."""

    def __init__(self, session: Session, chip: Chip, commands: CommandSet) -> None:
        self._session = session
        self._chip = chip
        self._eraser = Eraser(chip, commands)
        self._flash = chip.flash
        self._prepared_at = -1  # the ROM's start for which the voltage byte was written
        self._holds: dict[Span, bytearray] = {}

    @property
    def flash(self) -> Flash:
        """With the times that hold."""
        return self._flash

    def forget(self) -> None:
        """What sectors hold is not known any more: others may change them before the next steps."""
        self._holds.clear()

    def known(self, sector: Span) -> bytes | None:
        """What a sector must hold, if it was erased since `forget`."""
        held = self._holds.get(sector)
        return None if held is None else bytes(held)

    def erase(self, sectors: list[Span]) -> Iterator[int]:
        """Erase sectors; how many bytes each command erased, as they are done."""
        self._prepare()
        yield from self._carry_out(self._eraser.sectors(sectors, self._flash))

    def erase_bank(self, bank: Bank) -> Iterator[int]:
        """Erase a bank; how many bytes each command erased, as they are done."""
        self._prepare()
        yield from self._carry_out(self._eraser.bank(bank, self._flash))

    def program(self, steps: list[Program]) -> Iterator[int]:
        """Program; how many bytes of the steps each command programmed, as they are done."""
        for block in blocks(steps, self._align):
            self._prepare()
            self._program(block)
            yield block.size

    def rewrite(self, sector: Span) -> None:
        """Erase a sector and write what it must hold.

        Raises `ProgramFailed` where that does not help.
        """
        wanted = bytes(self._holds[sector])
        for _ in range(TRIES):
            for _ in self.erase([sector]):
                pass
            self._holds[sector] = bytearray(wanted)
            todo = [(part, self._of(part, wanted, sector)) for part in parts(sector)]
            if all(self._blank(data) or self._written(part, data) for part, data in todo):
                return
        raise ProgramFailed(sector.start)

    def _carry_out(self, commands: Iterator[EraseCommand]) -> Iterator[int]:
        for command in commands:
            try:
                self._session.do(command.give)
            except Nacked as refused:
                raise RomRefuses("Erase", refused.stage.value) from None
            for sector in command.sectors:
                self._holds[sector] = bytearray([self._flash.erased]) * sector.size
            yield sum(sector.size for sector in command.sectors)

    def _program(self, block: Block) -> None:
        sector = self._sector_of(block.span)
        held = self._held(block.span, sector)
        if len(block.pieces) > 1 and not self._blank(held):
            for piece in block.pieces:  # what is between them is not blank: leave it alone
                self._program(next(blocks([Program(piece.address, piece.data)], self._align)))
            return
        new = block.over(held)
        self._require_erased(block, held, new)
        if new == held:
            return
        if self._blank(held) and self._written(block.span, new):
            if sector in self._holds:
                self._put(sector, block.span, new)
            return
        # Something wrong is in it now; or something right, beside a piece but in the same unit of
        # the ROM's, that cannot be written once more.
        self._learn(sector)
        self._put(sector, block.span, new)
        self.rewrite(sector)

    def _put(self, sector: Span, span: Span, data: bytes) -> None:
        at = span.start - sector.start
        self._holds[sector][at : at + span.size] = data

    def _written(self, span: Span, data: bytes) -> bool:
        """Write a blank span; False where it holds something else now."""
        unit = self._flash.unit
        busy_s = len(data) / unit * self._flash.program.max

        def give(rom: An3155) -> None:
            rom.write(span.start, data, busy_s)

        for _ in range(TRIES):
            if self._session.once(give):
                return True
            held = read_sure(self._session, span)
            if held == data:
                return True
            if not self._blank(held):
                return False
        return False

    def _held(self, span: Span, sector: Span) -> bytes:
        if sector in self._holds:
            return self._of(span, bytes(self._holds[sector]), sector)
        return read_sure(self._session, span)

    def _learn(self, sector: Span) -> None:
        """Read what a sector holds that was not erased here."""
        if sector not in self._holds:
            self._holds[sector] = bytearray(read_sure(self._session, sector))

    def _require_erased(self, block: Block, held: bytes, new: bytes) -> None:
        """Raise `ProgramFailed` where a unit is to change that is not erased."""
        unit = self._flash.unit
        for at in range(0, len(held), unit):
            before, after = held[at : at + unit], new[at : at + unit]
            if before != after and not self._blank(before):
                raise ProgramFailed(block.span.start + at)

    def _prepare(self) -> None:
        """Tell the ROM the supply's range where it programs bytewise otherwise (AN2606).

        Almost every board has 3.3 V, and a serial adapter that can talk to it has, too. Where the
        ROM does not take it, flash is programmed bytewise, which only takes longer.
        """
        session = self._session
        if Quirk.VOLTAGE_BYTE not in self._chip.rom.quirks or self._prepared_at == session.starts:
            return
        try:
            session.do(lambda rom: rom.write(VOLTAGE_AT, FROM_2V7, 0.0))
        except Nacked:
            self._flash = self._chip.flash.with_unit(1)
        else:
            self._flash = self._chip.flash
        self._prepared_at = session.starts

    @property
    def _align(self) -> int:
        return max(self._chip.rom.write_bytes, self._chip.flash.unit)

    def _sector_of(self, span: Span) -> Span:
        sectors = self._chip.flash.sectors
        return sectors[bisect_right(sectors, span.start, key=lambda sector: sector.start) - 1]

    def _blank(self, data: bytes) -> bool:
        return data.count(self._flash.erased) == len(data)

    @staticmethod
    def _of(span: Span, held: bytes, sector: Span) -> bytes:
        at = span.start - sector.start
        return held[at : at + span.size]
