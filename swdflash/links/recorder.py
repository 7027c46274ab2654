"""A link that writes down every call on another link, so that a bug report becomes a test."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, TypeVar

import msgspec

from swdflash.chips.chip import Chip
from swdflash.errors import SwdflashError
from swdflash.links.base import DebugLink, FlashLink, Reset
from swdflash.links.errors import CannotRecord
from swdflash.links.flash_recording import RecordingFlash
from swdflash.links.over_link import LinkT, OverLink
from swdflash.links.recording import Call, Failure, Header, Opened, call_words, record

LOG = logging.getLogger(__name__)
T = TypeVar("T")


class Recording:
    """The file. It is opened, and `inputs` are copied into it, before a chip is touched."""

    def __init__(
        self,
        path: Path,
        argv: Sequence[str],
        inputs: Sequence[Path],
        *,
        simulated: bool = False,
    ) -> None:
        """Raises `CannotRecord`."""
        self._path = path
        try:
            files = {str(given): given.read_bytes() for given in inputs}
            self._file = path.open("wb", buffering=0)
        except OSError as error:
            raise CannotRecord(str(path), str(error)) from error
        self._broken = False
        self.write(Header(version("swdflash"), list(argv), files, simulated))

    def write(self, line: msgspec.Struct) -> None:
        """Add a line. Where that fails, the recording ends there, and the work goes on."""
        if self._broken:
            return
        try:
            self._file.write(msgspec.json.encode(line) + b"\n")
        except OSError as error:
            self._broken = True
            LOG.warning("recording to %s ends early: %s", self._path, error)

    def opening(
        self,
        open_link: Callable[[], DebugLink],
        *,
        last: bool = True,
        now: Callable[[], float] = lambda: 0.0,
    ) -> RecordingLink:
        """The link that `open_link` opens, recorded from then on; so is its failure.

        The `last` one closes the file when it is closed. `now` dates a failure.
        """
        try:
            link = open_link()
        except SwdflashError as error:
            self.write(Call("open", [], now(), error=Failure.of(error)))
            raise
        opened = Opened(link.info, link.offers.value, link.costs)
        self.write(Call("open", [], link.now(), result=msgspec.to_builtins(opened)))
        return RecordingLink(link, self if last else _Open(self))

    def close(self) -> None:
        """The recording is complete."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Sink(Protocol):
    """Where a `RecordingLink` puts the calls."""

    def write(self, line: Call) -> None:
        """Take one call."""

    def close(self) -> None:
        """There will be no more."""


class _Open:
    """A recording that more links follow in."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def write(self, line: Call) -> None:
        """Take one call."""
        self._recording.write(line)

    def close(self) -> None:
        """Whoever holds the recording closes it."""


class CallLog:
    """Tells every call to the log at level DEBUG: `-vv`, `--log FILE`."""

    def write(self, line: Call) -> None:
        """One line a call, with the link's time; a look at the clock is none."""
        if line.call == "now":
            return
        words = call_words(line.call, line.args)
        outcome = line.error.code if line.error else call_words("", [line.result])
        LOG.debug("%.6f s  %s -> %s", line.at, words, outcome)

    def close(self) -> None:
        """Nothing is held."""


def logged(link: DebugLink) -> DebugLink:
    """The link, its calls told to the log where anyone listens."""
    return RecordingLink(link, CallLog()) if LOG.isEnabledFor(logging.DEBUG) else link


class Recorded(OverLink[LinkT]):
    """What every link that is written down has."""

    def __init__(self, link: LinkT, recording: Sink) -> None:
        super().__init__(link)
        self._recording = recording

    def _record(self, name: str, verb: Callable[[], T], *args: object) -> T:
        return record(self._write, name, verb, *args)

    def _write(
        self,
        name: str,
        args: Sequence[object],
        result: object = None,
        error: Failure | None = None,
    ) -> None:
        self._recording.write(Call(name, list(args), self._link.now(), result, error))

    def close(self) -> None:
        """Close the link under it, and the file."""
        self._link.close()
        self._recording.close()

    def now(self) -> float:
        """Recorded: waiting ends by it, and times in a result are made of it."""
        at = self._link.now()
        self._recording.write(Call("now", [], at))
        return at


class RecordingLink(Recorded[DebugLink]):
    """Does what the debug link under it does, and writes it down."""

    def read(self, address: int, size: int) -> bytes:
        """Recorded."""
        return self._record("read", lambda: self._link.read(address, size), address, size)

    def write(self, address: int, data: bytes) -> None:
        """Recorded."""
        self._record("write", lambda: self._link.write(address, data), address, data)

    def read32(self, address: int) -> int:
        """Recorded."""
        return self._record("read32", lambda: self._link.read32(address), address)

    def write32(self, address: int, value: int) -> None:
        """Recorded."""
        self._record("write32", lambda: self._link.write32(address, value), address, value)

    def read16(self, address: int) -> int:
        """Recorded."""
        return self._record("read16", lambda: self._link.read16(address), address)

    def write16(self, address: int, value: int) -> None:
        """Recorded."""
        self._record("write16", lambda: self._link.write16(address, value), address, value)

    def read_core(self, registers: Sequence[str]) -> list[int]:
        """Recorded."""
        names = list(registers)
        return self._record("read_core", lambda: self._link.read_core(names), names)

    def write_core(self, values: Mapping[str, int]) -> None:
        """Recorded."""
        self._record("write_core", lambda: self._link.write_core(values), dict(values))

    def halt(self) -> None:
        """Recorded."""
        self._record("halt", self._link.halt)

    def resume(self) -> None:
        """Recorded."""
        self._record("resume", self._link.resume)

    def step(self) -> None:
        """Recorded."""
        self._record("step", self._link.step)

    def is_halted(self) -> bool:
        """Recorded."""
        return self._record("is_halted", self._link.is_halted)

    def reset(self, kind: Reset = Reset.SYSTEM) -> None:
        """Recorded."""
        self._record("reset", lambda: self._link.reset(kind), kind)

    def drive_nrst(self, low: bool) -> None:
        """Recorded."""
        self._record("drive_nrst", lambda: self._link.drive_nrst(low), low)

    def dpidr(self) -> int:
        """Recorded."""
        return self._record("dpidr", self._link.dpidr)

    def set_clock(self, hz: int) -> int:
        """Recorded."""
        return self._record("set_clock", lambda: self._link.set_clock(hz), hz)

    def voltage(self) -> float | None:
        """Recorded."""
        return self._record("voltage", self._link.voltage)

    def flash_link(self, chip: Chip) -> FlashLink | None:
        """Recorded where there is one, and so is what it does."""
        flash = self._link.flash_link(chip)
        if flash is None:
            return None
        self._write("flash_link", [chip.name], result=True)
        return RecordingFlash(self, flash, self._write)
