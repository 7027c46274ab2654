"""Addresses that are answered though nothing is there."""

from __future__ import annotations

from swdflash.memory import Span
from swdflash.sim.bus import Master, ResetKind


class Reserved:
    """A `Device` that reads as 0 and ignores writes; attached last, it fills gaps."""

    def __init__(self, span: Span) -> None:
        self.span = span

    def reset(self, kind: ResetKind) -> None:
        """Nothing to reset."""

    def read(self, offset: int, size: int, master: Master) -> int:
        """Always 0."""
        return 0

    def write(self, offset: int, size: int, value: int, master: Master) -> None:
        """Ignored."""
