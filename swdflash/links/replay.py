"""A link that plays a recording back, and insists on the calls that were recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec

from swdflash.chips.chip import Chip
from swdflash.errors import SwdflashError
from swdflash.links.base import Costs, FlashLink, LinkInfo, Offers, Reset
from swdflash.links.errors import BadRecording, ReplayStrays
from swdflash.links.flash_recording import ReplayFlash
from swdflash.links.recording import Opened, call_words, read_calls, read_header

T = TypeVar("T")


def open_link(path: Path) -> ReplayLink:
    """A link that answers as the recorded one. Raises `BadRecording`, or what opening raised."""
    return ReplayLink(Calls(path))


class Calls:
    """The calls of a recording, and how many were played; it may hold several links' in a row."""

    def __init__(self, path: Path) -> None:
        """Raises `BadRecording`."""
        self.path = str(path)
        self.recorded = read_calls(path)
        self.simulated = read_header(path).simulated
        self.played = 0
        self.at = 0.0

    def open(self, *_: object, **__: object) -> ReplayLink:
        """The next link that was opened, whatever is asked. Raises what opening it raised."""
        return ReplayLink(self)

    def now(self) -> float:
        """The recorded time: where it was not asked then, when the last call had returned."""
        if self.is_next("now"):
            self.at = self.recorded[self.played].at
            self.played += 1
        return self.at

    def skip_clock(self) -> None:
        """Pass over looks at the clock that this run does not take."""
        while self.is_next("now"):
            self.now()

    def is_next(self, name: str) -> bool:
        """Whether the next call is of this verb."""
        return self.played < len(self.recorded) and self.recorded[self.played].call == name


class ReplayLink:
    """Gives the recorded answers, as long as the same is asked in the same order.

    The first difference raises `ReplayStrays`. Its clock is the recorded one; only how often it is
    looked at may differ, so that a version that shows more progress still plays old recordings.
    """

    def __init__(self, calls: Calls) -> None:
        self._path = calls.path
        self._calls = calls
        opened = self._play("open", Opened)
        self._info = opened.info
        self._offers = opened.offer_flags
        self._costs = opened.costs

    def _play(self, name: str, shape: type[T], *args: object) -> T:
        """The recorded outcome of the next call, which must be this one."""
        result, error = self._outcome(name, shape, *args)
        if error is not None:
            raise error
        return result

    def _outcome(self, name: str, shape: type[T], *args: object) -> tuple[T, SwdflashError | None]:
        """The result of the next call, and the error that it ended in."""
        asked = [msgspec.to_builtins(arg) for arg in args]
        self._calls.skip_clock()
        played, recorded = self._calls.played, self._calls.recorded
        line = played + 2  # the header is line 1
        if played == len(recorded):
            raise ReplayStrays(self._path, line, "no further call", call_words(name, asked))
        call = recorded[played]
        if (call.call, call.args) != (name, asked):
            expected = call_words(call.call, call.args)
            raise ReplayStrays(self._path, line, expected, call_words(name, asked))
        self._calls.played += 1
        self._calls.at = call.at
        try:
            error = call.error.revive() if call.error else None
            result: Any = call.result
            if error is None or result is not None:
                result = msgspec.convert(result, shape)
        except KeyError as unknown:
            raise BadRecording(self._path, line, f"no error is called {unknown}") from unknown
        except msgspec.ValidationError as invalid:
            raise BadRecording(self._path, line, str(invalid)) from invalid
        return result, error

    def close(self) -> None:
        """There is nothing to let go."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Raises `ReplayStrays` where recorded calls are left over."""
        self._calls.skip_clock()
        played, recorded = self._calls.played, self._calls.recorded
        if kind is None and played < len(recorded):
            expected = call_words(recorded[played].call, recorded[played].args)
            raise ReplayStrays(self._path, played + 2, expected, "no further call")

    @property
    def info(self) -> LinkInfo:
        """That of the recorded link."""
        return self._info

    @property
    def offers(self) -> Offers:
        """Those of the recorded link."""
        return self._offers

    @property
    def costs(self) -> Costs:
        """Those of the recorded link, when it was opened."""
        return self._costs

    def now(self) -> float:
        """As recorded; where it was not asked then, when the last call had returned."""
        return self._calls.now()

    def read(self, address: int, size: int) -> bytes:
        """As recorded."""
        return self._play("read", bytes, address, size)

    def write(self, address: int, data: bytes) -> None:
        """As recorded."""
        self._play("write", type(None), address, data)

    def read32(self, address: int) -> int:
        """As recorded."""
        return self._play("read32", int, address)

    def write32(self, address: int, value: int) -> None:
        """As recorded."""
        self._play("write32", type(None), address, value)

    def read16(self, address: int) -> int:
        """As recorded."""
        return self._play("read16", int, address)

    def write16(self, address: int, value: int) -> None:
        """As recorded."""
        self._play("write16", type(None), address, value)

    def read_core(self, registers: Sequence[str]) -> list[int]:
        """As recorded."""
        return self._play("read_core", list[int], list(registers))

    def write_core(self, values: Mapping[str, int]) -> None:
        """As recorded."""
        self._play("write_core", type(None), dict(values))

    def halt(self) -> None:
        """As recorded."""
        self._play("halt", type(None))

    def resume(self) -> None:
        """As recorded."""
        self._play("resume", type(None))

    def step(self) -> None:
        """As recorded."""
        self._play("step", type(None))

    def is_halted(self) -> bool:
        """As recorded."""
        return self._play("is_halted", bool)

    def reset(self, kind: Reset = Reset.SYSTEM) -> None:
        """As recorded."""
        self._play("reset", type(None), kind)

    def drive_nrst(self, low: bool) -> None:
        """As recorded."""
        self._play("drive_nrst", type(None), low)

    def dpidr(self) -> int:
        """As recorded."""
        return self._play("dpidr", int)

    def set_clock(self, hz: int) -> int:
        """As recorded."""
        chosen = self._play("set_clock", int, hz)
        self._info = replace(self._info, clock_hz=chosen)
        return chosen

    def voltage(self) -> float | None:
        """As recorded."""
        return self._play("voltage", float | None)  # type: ignore[arg-type]  # a union is no type

    def flash_link(self, chip: Chip) -> FlashLink | None:
        """As recorded: None where the recorded link had none."""
        self._calls.skip_clock()
        if not self._calls.is_next("flash_link"):
            return None
        self._play("flash_link", bool, chip.name)
        return ReplayFlash(self, self._outcome)
