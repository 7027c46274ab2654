"""Main flash through the USB bootloader: swdflash's plan, carried out by DfuSe commands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from swdflash.chips.chip import Chip
from swdflash.chips.rom import Quirk
from swdflash.events import Event, Phase
from swdflash.links.dfu.dfuse import DfuSe
from swdflash.links.dfu.errors import DfuProgramFailed, DfuRefused, LayoutMisfit, TransferFailed
from swdflash.links.dfu.layout import DEVICE_FEATURE, Can
from swdflash.links.dfu.limits import Limits
from swdflash.links.dfu.pieces import Piece, aligned, joined, over
from swdflash.links.dfu.repair import Repair
from swdflash.links.digest import CheckFailed, digest
from swdflash.links.errors import TransferFault
from swdflash.links.over_link import OverLink
from swdflash.links.progress import Progress, phase_of
from swdflash.links.steps import Check, Erase, MassErase, Program, Step
from swdflash.memory import Span

if TYPE_CHECKING:
    from swdflash.links.dfu.rom_link import DfuRom

READ_BLOCKS = 8  # between two words of progress

# What a part with USB on its own supply runs at; the ROM programs bytes unless told (AN2606).
VOLTAGE_2V7_TO_3V6 = b"\x03"


class DfuFlash(OverLink["DfuRom"]):
    """Reads and changes the flash of a chip whose USB bootloader runs."""

    def __init__(self, rom: DfuRom, chip: Chip) -> None:
        super().__init__(rom)
        self._chip = chip
        self._limits = Limits(chip.flash)

    def read(self, address: int, size: int) -> bytes:
        """Any bytes that the ROM lets be read."""
        return self._link.read(address, size)

    def digests(self, spans: Sequence[Span]) -> list[int]:
        """One digest a span, computed here from what is read."""
        return [digest(self.read(span.start, span.size)) for span in spans]

    def run(self, address: int) -> None:
        """Start the program whose vector table is at `address`; the ROM is left."""
        self._dfuse.select(self._link.evidence.flash.alternate)
        self._dfuse.leave(address)

    @property
    def _dfuse(self) -> DfuSe:
        return self._link.dfuse

    def carry_out(self, steps: Sequence[Step]) -> Iterator[Event]:
        """Do the steps in order.

        Raises `LayoutMisfit` before the first, `DfuProgramFailed`, `CheckFailed` or a `LinkError`
        at the first that fails.
        """
        if not steps:
            return
        self._require_layout(steps)
        self._prepare(steps)
        progress = Progress(steps, self.now)
        checked = [step.span for step in steps if isinstance(step, Check)]
        repair = Repair(self._dfuse, self._chip.flash, self._limits, checked)
        for kind, group in groupby(steps, type):
            same = list(group)
            yield from progress.add(phase_of(same[0]), 0)
            for phase, size in self._do(kind, same, repair):
                yield from progress.add(phase, size)
        yield from progress.end()

    def _require_layout(self, steps: Sequence[Step]) -> None:
        """Nothing is begun that the bootloader says it will not do."""
        flash = self._link.evidence.flash
        for step in steps:
            match step:
                case Erase(span) | MassErase(span):
                    tiles = [sector for sector in flash.sectors if sector.overlap(span)]
                    fits = all(span.covers(sector) for sector in tiles)
                    if not fits or Can.ERASE not in flash.can(span):
                        raise self._misfit(span, "erased")
                case Program():
                    if Can.WRITE not in flash.can(step.span):
                        raise self._misfit(step.span, "programmed")

    def _misfit(self, span: Span, done: str) -> LayoutMisfit:
        parts = self._link.evidence.flash.parts
        words = ", ".join(f"{each.count} sectors of {each.size} in {each.span}" for each in parts)
        return LayoutMisfit(str(span), done, words)

    def _prepare(self, steps: Sequence[Step]) -> None:
        feature = self._link.evidence.memory(DEVICE_FEATURE)
        changes = any(not isinstance(step, Check) for step in steps)
        if feature and changes and Quirk.VOLTAGE_BYTE in self._chip.rom.quirks:
            self._dfuse.select(feature.alternate)
            try:
                self._dfuse.write(feature.parts[0].start, VOLTAGE_2V7_TO_3V6)
            except (DfuProgramFailed, DfuRefused, TransferFailed, TransferFault):
                self._dfuse.recover()  # it then programs byte by byte, which is only slower
        self._dfuse.select(self._link.evidence.flash.alternate)

    def _do(
        self, kind: type[Step], steps: list[Step], repair: Repair
    ) -> Iterator[tuple[Phase, int]]:
        """What is done, as it is done."""
        if kind is Erase:
            yield from self._erase(
                [step.sector for step in steps if isinstance(step, Erase)], repair
            )
        elif kind is MassErase:
            yield from self._mass_erase([s.bank for s in steps if isinstance(s, MassErase)], repair)
        elif kind is Program:
            programs = [step for step in steps if isinstance(step, Program)]
            yield from self._program(programs, repair)
        else:
            for step in steps:
                if isinstance(step, Check):
                    yield from self._check(step)

    def _erase(self, spans: Sequence[Span], repair: Repair) -> Iterator[tuple[Phase, int]]:
        for span in spans:
            for sector in self._link.evidence.flash.sectors:
                if span.covers(sector):
                    self._dfuse.erase(sector.start, self._limits.erase(sector))
            repair.erased.append(span)
            yield Phase.ERASE, span.size

    def _mass_erase(self, banks: Sequence[Span], repair: Repair) -> Iterator[tuple[Phase, int]]:
        """The command erases every bank: AN3156 has none for a single one."""
        flash, quirks = self._chip.flash, self._chip.rom.quirks
        whole = sum(bank.size for bank in banks) == flash.span.size
        if not whole or Quirk.NO_MASS_ERASE in quirks:
            yield from self._erase(banks, repair)
            return
        first_s = flash.mass_erase.typ if Quirk.SHORT_MASS_ERASE_POLL in quirks else 0.0
        self._dfuse.mass_erase(flash.start, self._limits.mass_erase, first_s)
        repair.erased.extend(banks)
        yield Phase.ERASE, flash.span.size

    def _program(self, programs: Sequence[Program], repair: Repair) -> Iterator[tuple[Phase, int]]:
        """In blocks; what the ROM wants written beside the plan's bytes is what is there."""
        unit = max(self._chip.flash.unit, self._chip.rom.write_bytes)
        pieces = [Piece(step.address, step.data) for step in programs]
        for group in joined(pieces, unit):
            whole = self._padded(group, unit)
            for at in range(0, len(whole.data), self._dfuse.block):
                block = Piece(whole.address + at, whole.data[at : at + self._dfuse.block])
                repair.write(block)
                planned = (piece.within(block.span) for piece in group)
                yield Phase.PROGRAM, sum(len(piece.data) for piece in planned if piece)

    def _padded(self, group: Sequence[Piece], unit: int) -> Piece:
        """One piece of whole units of the ROM's around these."""
        span = Span(group[0].address, group[-1].span.end - group[0].address)
        window = aligned(span, unit)
        size = sum(len(piece.data) for piece in group)
        if size == window.size:
            return Piece(span.start, b"".join(piece.data for piece in group))
        return over(Piece(window.start, self._dfuse.read(window.start, window.size)), group)

    def _check(self, step: Check) -> Iterator[tuple[Phase, int]]:
        span, parts = step.span, []
        for at in range(span.start, span.end, self._dfuse.block * READ_BLOCKS):
            size = min(span.end - at, self._dfuse.block * READ_BLOCKS)
            parts.append(self._dfuse.read(at, size))
            yield Phase.VERIFY, size
        if digest(b"".join(parts)) == step.digest:
            return
        got = digest(self._dfuse.read(span.start, span.size))  # was it the reading?
        if got != step.digest:
            raise CheckFailed(span.start, span.end, step.digest, got)
