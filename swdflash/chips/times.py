"""How long the chip takes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Time:
    """Seconds that an operation takes: `typ` for estimates, `max` for deadlines."""

    typ: float
    max: float
