"""Playing a recording back: the calls in it, and what every link made of them has."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec

from swdflash.errors import SwdflashError
from swdflash.links.base import Costs, LinkInfo, Offers
from swdflash.links.errors import BadRecording, ReplayStrays
from swdflash.links.recording import Opened, call_words, read_calls, read_header

T = TypeVar("T")


class Calls:
    """The calls of a recording, and how many were played; it may hold several links' in a row."""

    def __init__(self, path: Path) -> None:
        """Raises `BadRecording`."""
        self.path = str(path)
        self.recorded = read_calls(path)
        self.simulated = read_header(path).simulated
        self.played = 0
        self.at = 0.0

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


class Replayed:
    """What every link that is played back has.

    The first call that was not recorded so raises `ReplayStrays`. Its clock is the recorded one;
    only how often it is looked at may differ, so that a version that shows more progress still
    plays old recordings.
    """

    def __init__(self, calls: Calls, *opened: str) -> None:
        self._path = calls.path
        self._calls = calls
        self.opened = self._play("open", Opened, *opened)
        self._info = self.opened.info
        self._offers = self.opened.offer_flags
        self._costs = self.opened.costs

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
