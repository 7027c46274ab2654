"""The flash link through OpenOCD: its own drivers carry out swdflash's plan."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

from swdflash.chips.chip import Chip
from swdflash.errors import SwdflashError
from swdflash.events import Event, Phase
from swdflash.links.base import DebugLink
from swdflash.links.core_debug import DHCSR
from swdflash.links.digest import CheckFailed, digest
from swdflash.links.errors import CoreWillNotHalt, EngineFailed
from swdflash.links.flash_errors import ChangeRefused, ProgramFailed
from swdflash.links.openocd import watchdog
from swdflash.links.openocd.console import PATIENCE_S, Console
from swdflash.links.openocd.errors import TargetConfigMisfit
from swdflash.links.openocd.jobs import PROGRAM_BYTES, Job, jobs
from swdflash.links.openocd.messages import complaint, translate
from swdflash.links.openocd.rpc import Reply
from swdflash.links.openocd.tcl import command, parse_list
from swdflash.links.over_link import OverLink
from swdflash.links.progress import Progress
from swdflash.links.start import start_program
from swdflash.links.steps import Step
from swdflash.memory import Span

_PROTECTED = re.compile(r"device protected|sector \d+ is protected|protection error", re.IGNORECASE)
_NOT_ERASED = re.compile(r"flash not erased|programming failed")
_NOT_HALTED = re.compile(r"[Tt]arget not halted|not halted")
_NOT_THIS_CHIP = re.compile(r"Cannot identify target|auto_probe failed|No flash at address")
_JUST_BEFORE = re.compile(r"just before address (0x[0-9a-fA-F]+)")


@dataclass(frozen=True)
class Bank:
    """A flash bank as OpenOCD has it configured."""

    number: int
    span: Span


class OpenocdFlash(OverLink[DebugLink]):
    """Reads and changes the flash of a chip whose core is halted.

    There are no digests on the chip: OpenOCD computes its checksums at less than the speed at
    which flash can be read.
    """

    def __init__(self, link: DebugLink, console: Console, chip: Chip) -> None:
        super().__init__(link)
        self._console = console
        self._chip = chip

    def read(self, address: int, size: int) -> bytes:
        """Any bytes."""
        return self._link.read(address, size)

    def digests(self, spans: Sequence[Span]) -> list[int]:
        """One digest a span, computed here from what is read."""
        return [digest(self.read(span.start, span.size)) for span in spans]

    def carry_out(self, steps: Sequence[Step]) -> Iterator[Event]:
        """Do the steps, several of a kind by one command.

        Raises `ProgramFailed`, `ChangeRefused`, `CheckFailed`, `CoreWillNotHalt`,
        `TargetConfigMisfit` or a `LinkError` at the first that fails.
        """
        if not steps:
            return
        todo = list(jobs(steps, self._chip.flash.erased, self._most_bytes()))
        progress = Progress(steps, self.now)
        yield from progress.add(todo[0].phase, 0)
        with self._halted_on_failure(), TemporaryDirectory(prefix="swdflash-") as folder:
            banks = self._prepare()
            for job in todo:
                yield from progress.add(job.phase, 0)
                self._do(job, self._bank_of(job.span, banks), Path(folder))
                yield from progress.add(job.phase, job.size)
        yield from progress.end()

    def run(self, address: int) -> None:
        """Start the program whose vector table is at `address`; flash's own by a reset."""
        start_program(self._link, address, self._chip.flash.start)

    def _most_bytes(self) -> int:
        """That one command may program."""
        if watchdog.runs_from_reset(self._link, self._chip):
            return watchdog.most_bytes(self._link, self._chip)
        return PROGRAM_BYTES

    def _halted_on_failure(self) -> _HaltOnFailure:
        return _HaltOnFailure(self._link)

    def _prepare(self) -> list[Bank]:
        """Tell OpenOCD that the core is halted, and have it look at the flash."""
        self._console.evaluate("poll")
        state = self._console.evaluate("[target current] curstate")
        if state != "halted":
            raise CoreWillNotHalt(self._link.read32(DHCSR), 0.0)
        for bank in self._configured():
            self._flash(self._chip.flash.start, "flash", "probe", bank.number)
        return self._configured()

    def _configured(self) -> list[Bank]:
        found = []
        for number, each in enumerate(parse_list(self._console.evaluate("flash list"))):
            words = parse_list(each)
            facts = dict(zip(words[::2], words[1::2], strict=False))
            span = Span(int(facts["base"], 0), int(facts["size"], 0))
            found.append(Bank(number, span))
        return found

    def _bank_of(self, span: Span, banks: Sequence[Bank]) -> Bank:
        bank = next((each for each in banks if each.span.covers(span)), None)
        if bank is None:
            known = ", ".join(str(each.span) for each in banks) or "none"
            reason = f"it knows flash at {known}; {span} is to be changed"
            raise TargetConfigMisfit(self._chip.name, reason)
        return bank

    def _do(self, job: Job, bank: Bank, folder: Path) -> None:
        span, flash = job.span, self._chip.flash
        if job.phase is Phase.ERASE:
            sectors = [sector for sector in flash.sectors if span.covers(sector)]
            each = sum(flash.erase_time(sector).max for sector in sectors)
            seconds = flash.mass_erase.max + each
            words = ("flash", "erase_address", f"{span.start:#x}", span.size)
            self._flash(span.start, *words, seconds=seconds)
        elif job.phase is Phase.PROGRAM:
            self._program(bank, job, folder / "data.bin")
        else:
            got = digest(self.read(span.start, span.size))
            if got != job.digest:
                raise CheckFailed(span.start, span.end, job.digest, got)

    def _program(self, bank: Bank, job: Job, file: Path) -> None:
        """OpenOCD takes data from a file; its name is ours."""
        file.write_bytes(job.data)
        if self._console.joined:  # it may run as somebody else
            file.parent.chmod(0o755)
            file.chmod(0o644)
        flash, start = self._chip.flash, job.span.start
        seconds = len(job.data) / flash.unit * flash.program.max
        watchdog.feed(self._link, self._chip)
        words = ("flash", "write_bank", bank.number, os.fspath(file), start - bank.span.start)
        self._flash(start, *words, seconds=seconds)

    def _flash(self, address: int, *words: str | int, seconds: float = 0.0) -> None:
        reply = self._console.try_out(command(*words), PATIENCE_S + 4 * seconds)
        if reply.code:
            raise self._failure(address, reply)

    def _failure(self, address: int, reply: Reply) -> Exception:
        """What OpenOCD's drivers say, as errors of ours."""
        if found := _JUST_BEFORE.search(reply.text):
            address = int(found[1], 16)
        if _PROTECTED.search(reply.text):
            return ChangeRefused(address)
        if _NOT_ERASED.search(reply.text):
            return ProgramFailed(address)
        if _NOT_THIS_CHIP.search(reply.text):
            return TargetConfigMisfit(self._chip.name, complaint(reply.text))
        known = translate(reply.text, self._console.probe)
        if known is not None:
            return known
        dhcsr = self._link.read32(DHCSR)  # a chip that is gone says so here
        if _NOT_HALTED.search(reply.text):
            return CoreWillNotHalt(dhcsr, 0.0)
        return EngineFailed("OpenOCD", complaint(reply.text))


class _HaltOnFailure:
    """Stop the core where the host stops first."""

    def __init__(self, link: DebugLink) -> None:
        self._link = link

    def __enter__(self) -> None:
        return

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            with suppress(SwdflashError):
                self._link.halt()
