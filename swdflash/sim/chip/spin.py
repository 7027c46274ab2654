"""Loops that wait: the time they wait is skipped by whole turns.

A turn that ends in the registers and the RAM it began with, wrote to no device and saw nothing
that depends on the time itself will be followed by equal turns until something from outside
happens, and that is an alarm of the clock or the end of the slice. So jumping over whole turns
changes no result.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Protocol, runtime_checkable


@runtime_checkable
class Timed(Protocol):
    """A device with registers that move with time alone, without an alarm: counters."""

    timed: Container[int]  # their offsets


class Spin:
    """Watches backward branches for a loop that only waits."""

    _STRANGERS = 8  # backward branches elsewhere before another loop is watched
    _PATIENCE = 2  # turns before registers are looked at; doubled when they differ
    _MOST_PATIENCE = 4096

    def __init__(self, registers: Callable[[], bytes], ram: Callable[[], bytes]) -> None:
        self._registers = registers
        self._ram = ram
        self._head = -1
        self._strangers = 0
        self._turns = 0
        self._patience = self._PATIENCE
        self._before: bytes | None = None
        self._since = 0
        self._with_ram = False  # this loop stores, so its RAM is looked at, too
        self.stored = False
        self.tainted = False  # a device was written, or one seen that depends on the time

    def forget(self) -> None:
        """Something from outside may have changed."""
        self._before = None

    def turn(self, head: int, cycles: int, deadline: int) -> int:
        """At a backward branch to `head`: the cycle to go on at, at or before the deadline."""
        if head != self._head:
            self._meet(head)
            return cycles
        self._strangers = 0
        self._turns += 1
        before, self._before = self._before, None
        if before is not None:
            if self.stored and not self._with_ram:
                self._with_ram = True
            elif not self.tainted and self._state() == before:
                self._patience = self._PATIENCE
                period = cycles - self._since
                return cycles + max(0, (deadline - 1 - cycles) // period) * period
            else:
                self._patience = min(2 * self._patience, self._MOST_PATIENCE)
        if self._turns >= self._patience:
            self._turns = 0
            self._before, self._since = self._state(), cycles
            self.stored = self.tainted = False
        return cycles

    def _state(self) -> bytes:
        return self._registers() + self._ram() if self._with_ram else self._registers()

    def _meet(self, head: int) -> None:
        self._strangers += 1
        if self._strangers > self._STRANGERS:
            self._head, self._strangers, self._turns = head, 0, 0
            self._patience, self._before, self._with_ram = self._PATIENCE, None, False
