"""What happened on the way, as typed events; who shows them is not known here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """A part of the work that has a length of its own."""

    CONNECT = "connect"
    COMPARE = "compare"
    ERASE = "erase"
    PROGRAM = "program"
    VERIFY = "verify"
    READ = "read"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class PhaseStarted:
    """`total` bytes are to be worked on in this phase (0 where it has no length)."""

    phase: Phase
    total: int = 0


@dataclass(frozen=True, slots=True)
class Progressed:
    """`done` bytes of the phase's total are done, `seconds` after it started (link time)."""

    phase: Phase
    done: int
    seconds: float


@dataclass(frozen=True, slots=True)
class PhaseEnded:
    """The phase is over; `seconds` on the link's clock."""

    phase: Phase
    seconds: float


@dataclass(frozen=True, slots=True)
class Noted:
    """Something worth a person's attention that stops nothing; becomes a warning in JSON."""

    code: str
    text: str


Event = PhaseStarted | Progressed | PhaseEnded | Noted
Listener = Callable[[Event], None]


def ignore(_event: Event) -> None:
    """A listener that shows nothing."""
