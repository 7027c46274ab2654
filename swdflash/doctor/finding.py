"""What a check says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"  # works, or is not needed by everybody
    BAD = "bad"  # something that is there cannot be used


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's report."""

    check: str  # what was looked at
    level: Level
    what: str
    mend: str = ""  # a command, where there is one


def ok(check: str, what: str) -> Finding:
    """Nothing to mend."""
    return Finding(check, Level.OK, what)


def warning(check: str, what: str, mend: str) -> Finding:
    """It may matter."""
    return Finding(check, Level.WARNING, what, mend)


def bad(check: str, what: str, mend: str) -> Finding:
    """It stands in the way."""
    return Finding(check, Level.BAD, what, mend)
