"""From steps done to progress events, the same for every link."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from swdflash.events import Event, Phase, PhaseEnded, PhaseStarted, Progressed
from swdflash.links.steps import Check, Erase, MassErase, Program, Step


def phase_of(step: Step) -> Phase:
    """The part of the work that a step belongs to."""
    match step:
        case Erase() | MassErase():
            return Phase.ERASE
        case Program():
            return Phase.PROGRAM
        case Check():
            return Phase.VERIFY


def size_of(step: Step) -> int:
    """How many bytes a step works on."""
    match step:
        case Erase(sector):
            return sector.size
        case MassErase(bank):
            return bank.size
        case Program():
            return len(step.data)
        case Check(span):
            return span.size


class Progress:
    """Counts bytes by phase; every call yields the events that are due."""

    def __init__(self, steps: Sequence[Step], now: Callable[[], float]) -> None:
        self._now = now
        self._totals = dict.fromkeys(Phase, 0)
        for step in steps:
            self._totals[phase_of(step)] += size_of(step)
        self._done = dict.fromkeys(Phase, 0)
        self._phase: Phase | None = None
        self._started = 0.0

    def add(self, phase: Phase, size: int) -> Iterator[Event]:
        """`size` more bytes of `phase` are done."""
        if phase is not self._phase:
            yield from self.end()
            self._phase = phase
            self._started = self._now()
            yield PhaseStarted(phase, self._totals[phase])
        if size:
            self._done[phase] += size
            yield Progressed(phase, self._done[phase], self._now() - self._started)

    def end(self) -> Iterator[Event]:
        """The present phase is over."""
        if self._phase is not None:
            yield PhaseEnded(self._phase, self._now() - self._started)
            self._phase = None
