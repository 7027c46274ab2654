"""Main flash behind a ROM bootloader on a serial port, as a flash link."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from swdflash.chips.chip import Chip
from swdflash.events import Event, Phase
from swdflash.links.base import Costs, Offers, RomLink
from swdflash.links.digest import CheckFailed, digest
from swdflash.links.flash_errors import ChangeRefused
from swdflash.links.over_link import OverLink
from swdflash.links.progress import Progress
from swdflash.links.steps import Check, Erase, MassErase, Program, Step
from swdflash.links.uart import sync
from swdflash.links.uart.an3155 import An3155, CommandSet
from swdflash.links.uart.errors import RomRefuses
from swdflash.links.uart.frames import MOST_BYTES
from swdflash.links.uart.memory import RomFlash
from swdflash.links.uart.reading import parts, read_once, read_sure
from swdflash.links.uart.session import SURE, Session
from swdflash.links.uart.trouble import Nacked, OutOfStep
from swdflash.memory import Span

# Reading flash into the CRC unit takes the ROM about 10 cycles of its 8 to 16 MHz a word.
DIGEST_BYTES_PER_S = 1e6


class UartFlash(OverLink[RomLink]):
    """Reads and changes flash. Nothing is on the chip beside its ROM: no loader, no digests.

    Only where the ROM has Get Checksum are digests computed there.
    """

    def __init__(self, link: RomLink, session: Session, chip: Chip, commands: CommandSet) -> None:
        super().__init__(link)
        self._session = session
        self._chip = chip
        self._memory = RomFlash(session, chip, commands)

    @property
    def _has_digests(self) -> bool:
        return Offers.DIGESTS in self.offers

    @property
    def costs(self) -> Costs:
        """Writing is the wire's time and the cells' time, one after the other: a ROM has no buffer.

        Without Get Checksum a digest costs what reading costs.
        """
        reading = self._link.costs
        flash = self._memory.flash
        cells_s = MOST_BYTES / flash.unit * flash.program.typ
        block_s = MOST_BYTES / reading.bytes_per_s + cells_s
        digests = DIGEST_BYTES_PER_S if self._has_digests else reading.digest_bytes_per_s
        return replace(reading, bytes_per_s=MOST_BYTES / block_s, digest_bytes_per_s=digests)

    def read(self, address: int, size: int) -> bytes:
        """Any bytes, each the same twice in a row (`links.uart.reading`)."""
        return self._link.read(address, size)

    def digests(self, spans: Sequence[Span]) -> list[int]:
        """One digest a span; computed here, from what was read once, without Get Checksum.

        A byte that was changed on the way makes a difference where there is none, never the other
        way round.
        """
        return [self._digest(span) for span in spans]

    def carry_out(self, steps: Sequence[Step]) -> Iterator[Event]:
        """Do the steps, several of a kind by one command.

        Raises `ProgramFailed`, `ChangeRefused`, `CheckFailed` or a `LinkError` at the first that
        fails.
        """
        progress = Progress(steps, self.now)
        self._memory.forget()
        for kind, group in groupby(steps, key=type):
            if kind is Erase:
                sectors = [step.sector for step in group if isinstance(step, Erase)]
                yield from self._do(progress, Phase.ERASE, self._memory.erase(sectors))
            elif kind is Program:
                programs = [step for step in group if isinstance(step, Program)]
                yield from self._do(progress, Phase.PROGRAM, self._memory.program(programs))
            else:
                for step in group:
                    yield from self._one(progress, step)
        yield from progress.end()

    def run(self, address: int) -> None:
        """Start the program whose vector table is at `address`.

        What is in flash is started by a reset with BOOT0 low where RTS and DTR are wired: Go leaves
        clocks and peripherals as the ROM had them (AN2606).
        """
        self._link.stay()  # with what is started here
        driver = self._session.driver
        if driver.starts_flash and address == self._chip.flash.start:
            driver.reset(boot0_high=False)
            return
        for _ in range(SURE):
            if self._gone(address):
                return
        raise RomRefuses("Go", f"an address, {address:#010x}")

    def _gone(self, address: int) -> bool:
        """Give Go; False where the ROM is there still, in step."""
        try:
            self._session.rom.go(address)
        except Nacked as refused:
            self._session.settle(refused)
            return False
        except OutOfStep:  # the last ACK may have been lost, with the program running
            return not sync.fill_up(self._session.line, most=6)
        return True

    def _one(self, progress: Progress, step: Step) -> Iterator[Event]:
        match step:
            case MassErase(span):
                bank = next(bank for bank in self._chip.flash.banks if bank.span == span)
                yield from self._do(progress, Phase.ERASE, self._memory.erase_bank(bank))
            case Check(span, expected):
                yield from self._check(progress, span, expected)
            case _:
                raise AssertionError(step)

    @staticmethod
    def _do(progress: Progress, phase: Phase, done: Iterator[int]) -> Iterator[Event]:
        yield from progress.add(phase, 0)
        for size in done:
            yield from progress.add(phase, size)

    def _check(self, progress: Progress, span: Span, expected: int) -> Iterator[Event]:
        yield from progress.add(Phase.VERIFY, 0)
        if self._has_digests:
            if self._digest(span) == expected:
                yield from progress.add(Phase.VERIFY, span.size)
                return
            held = read_once(self._session, span)
            yield from progress.add(Phase.VERIFY, span.size)
        else:
            held = b""
            for part in parts(span):
                held += read_once(self._session, part)
                yield from progress.add(Phase.VERIFY, part.size)
        if digest(held) != expected:
            self._mend(span, expected, held)

    def _mend(self, span: Span, expected: int, held: bytes) -> None:
        """A second look, and a second write where what was written here is not there.

        Raises `CheckFailed`; `ChangeRefused` for a page that holds what it held all along.
        """
        untouched: int | None = None
        for sector in self._chip.flash.sectors:
            wanted = self._memory.known(sector)
            at = sector.start - span.start
            if wanted is None or not span.covers(sector) or held[at:][: sector.size] == wanted:
                continue
            before = read_sure(self._session, sector)
            if before != wanted:
                self._memory.rewrite(sector)
                if read_sure(self._session, sector) == before:
                    untouched = sector.start
        got = digest(read_sure(self._session, span))
        if got == expected:
            return
        if untouched is not None:
            raise ChangeRefused(untouched)
        raise CheckFailed(span.start, span.end, expected, got)

    def _digest(self, span: Span) -> int:
        if not self._has_digests:
            return digest(read_once(self._session, span))

        def ask(rom: An3155) -> int:
            return rom.get_checksum(span.start, span.size, span.size / DIGEST_BYTES_PER_S)

        try:
            return self._session.do(ask)
        except Nacked as refused:
            raise RomRefuses("Get Checksum", refused.stage.value) from None
