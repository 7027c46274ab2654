"""What a diagnosis says: a cause, whether it is proven, and by what."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Cause(StrEnum):
    """Why a board does not answer or run, or that nothing is wrong."""

    HEALTHY = "healthy"
    NO_PROBE = "no-probe"
    NO_PERMISSION = "no-permission"
    PROBE_BUSY = "probe-busy"
    NO_TARGET_VOLTAGE = "no-target-voltage"
    NO_ANSWER = "no-answer"
    HELD_IN_RESET = "held-in-reset"
    SWD_PINS_REMAPPED = "swd-pins-remapped"
    LOW_POWER = "low-power"
    LOCKUP = "lockup"
    STUCK_IN_HANDLER = "stuck-in-handler"
    RESET_LOOP = "reset-loop"
    READ_PROTECTED_1 = "read-protected-1"
    READ_PROTECTED_2 = "read-protected-2"
    BOOTS_ELSEWHERE = "boots-elsewhere"
    EMPTY_FLASH = "empty-flash"
    NEEDS_SLOWER_CLOCK = "needs-slower-clock"
    UNKNOWN_CHIP = "unknown-chip"


@dataclass(frozen=True)
class Evidence:
    """Something that was measured, and when: seconds since the diagnosis began."""

    what: str
    value: str
    at_s: float


@dataclass(frozen=True)
class Attempt:
    """A rung of the ladder, and what became of it."""

    name: str
    tried: bool
    worked: bool
    why: str  # why it failed, was not tried, or what it takes


@dataclass(frozen=True)
class Finding:
    """The outcome of a diagnosis. `would_prove` is given where the cause is only likely."""

    cause: Cause
    proven: bool
    evidence: tuple[Evidence, ...]
    would_prove: str | None = None
    also: tuple[str, ...] = ()  # what else was seen: causes, and "clone: NAME"
    advice: tuple[str, ...] = ()
    rungs: tuple[Attempt, ...] = field(default=())
    left: str = "as it was found"  # the state of the chip at the end
