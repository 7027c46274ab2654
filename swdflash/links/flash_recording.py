"""A flash link of an engine's own, written down and played back like the debug link beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

import msgspec

from swdflash.errors import SwdflashError
from swdflash.events import Event, Noted, PhaseEnded, PhaseStarted, Progressed
from swdflash.links.base import FlashLink, Link
from swdflash.links.over_link import OverLink
from swdflash.links.recording import Failure, Write, record
from swdflash.links.steps import Step
from swdflash.memory import Span

READ, DIGESTS, CARRY_OUT, RUN = "flash.read", "flash.digests", "flash.carry_out", "flash.run"
EVENTS: dict[str, Any] = {
    kind.__name__: kind for kind in (PhaseStarted, Progressed, PhaseEnded, Noted)
}
T = TypeVar("T")


class Play(Protocol):
    """Plays the next call back: its result, and the error that it ended in."""

    def __call__(self, name: str, shape: type[T], *args: object) -> tuple[T, SwdflashError | None]:
        """One call."""
        ...


class RecordingFlash(OverLink[Link]):
    """Does what the flash link under it does, and writes it down."""

    def __init__(self, link: Link, flash: FlashLink, write: Write) -> None:
        super().__init__(link)
        self._flash = flash
        self._write = write

    def _record(self, name: str, verb: Callable[[], T], *args: object) -> T:
        return record(self._write, name, verb, *args)

    def read(self, address: int, size: int) -> bytes:
        """Recorded."""
        return self._record(READ, lambda: self._flash.read(address, size), address, size)

    def digests(self, spans: Sequence[Span]) -> list[int]:
        """Recorded."""
        return self._record(DIGESTS, lambda: self._flash.digests(spans), list(spans))

    def carry_out(self, steps: Sequence[Step]) -> Iterator[Event]:
        """Recorded as one call, with what was told on the way."""
        told: list[object] = []
        failure = None
        try:
            for event in self._flash.carry_out(steps):
                told.append([type(event).__name__, event])
                yield event
        except SwdflashError as error:
            failure = Failure.of(error)
            raise
        finally:
            self._write(CARRY_OUT, [list(steps)], told, failure)

    def run(self, address: int) -> None:
        """Recorded."""
        self._record(RUN, lambda: self._flash.run(address), address)


class ReplayFlash(OverLink[Link]):
    """Gives the recorded answers, as long as the same is asked in the same order."""

    def __init__(self, link: Link, play: Play) -> None:
        super().__init__(link)
        self._play = play

    def _answer(self, name: str, shape: type[T], *args: object) -> T:
        result, error = self._play(name, shape, *args)
        if error is not None:
            raise error
        return result

    def read(self, address: int, size: int) -> bytes:
        """As recorded."""
        return self._answer(READ, bytes, address, size)

    def digests(self, spans: Sequence[Span]) -> list[int]:
        """As recorded."""
        return self._answer(DIGESTS, list[int], list(spans))

    def carry_out(self, steps: Sequence[Step]) -> Iterator[Event]:
        """As recorded, what was told on the way included."""
        told, error = self._play(CARRY_OUT, list[tuple[str, Any]], list(steps))
        for kind, event in told:
            yield msgspec.convert(event, EVENTS[kind])
        if error is not None:
            raise error

    def run(self, address: int) -> None:
        """As recorded."""
        self._answer(RUN, type(None), address)
