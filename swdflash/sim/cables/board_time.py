"""A board's time as the host lives it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from swdflash.sim.clock import PS_PER_S, Clock


class TimedBoard(Protocol):
    """A board with a clock."""

    @property
    def clock(self) -> Clock:
        """The board's time."""
        ...

    def spend(self, seconds: float) -> None:
        """Let time pass."""
        ...


class BoardTime:
    """What the host is at; the board is ahead of it while it does something without a pause.

    A ROM that erases flash answers nobody meanwhile, and does so in one go. What the host does in
    that time, sleeping or waiting for an answer, costs the board nothing more.
    """

    def __init__(self, board: TimedBoard) -> None:
        self._board = board
        self._ahead_ps = 0

    @property
    def now(self) -> float:
        """Seconds on the board's clock."""
        return (self._board.clock.now_ps - self._ahead_ps) / PS_PER_S

    def run_ahead(self, action: Callable[[], None]) -> None:
        """Have the board do this at once; the host has still to live through the time it takes."""
        started = self._board.clock.now_ps
        action()
        self._ahead_ps += self._board.clock.now_ps - started

    def spend(self, seconds: float) -> None:
        """Let the host's time pass."""
        wanted = round(seconds * PS_PER_S)
        lived = min(wanted, self._ahead_ps)
        self._ahead_ps -= lived
        if wanted > lived:
            self._board.spend((wanted - lived) / PS_PER_S)

    def wait_for_board(self, timeout_s: float | None) -> bool:
        """Wait until the board is there again; False after `timeout_s` without it."""
        if timeout_s is not None and self._ahead_ps > timeout_s * PS_PER_S:
            self._ahead_ps -= round(timeout_s * PS_PER_S)
            return False
        self._ahead_ps = 0
        return True
