"""What flash controllers have in common: one operation at a time, which takes the cells' time."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Protocol

from swdflash.chips.times import Time
from swdflash.sim.bus import Master
from swdflash.sim.chip.peripherals.registers import Log, RegisterBlock, no_log
from swdflash.sim.clock import PS_PER_S, Alarm, Clock

Wait = Callable[[int, Master], None]
"""`wait(at_ps, master)` makes `at_ps` the present: the master's access stalls until then."""


class Operation(Protocol):
    """A change of cells under way."""

    def begin(self) -> None:
        """Take the cells to where they will be at its end."""

    def cut(self, dice: random.Random) -> None:
        """Power goes in the middle."""


class OperatingBlock(RegisterBlock, ABC):
    """The registers of a flash controller, and the operation that it carries out."""

    on_apb = False

    def __init__(self, base: int, clock: Clock, log: Log = no_log) -> None:
        super().__init__(base, log)
        self.clock = clock
        self.slow = False  # take the datasheet's max times instead of typ
        self.wait: Wait = self._wait_alone
        self.interrupt: Callable[[bool], None] = lambda _level: None
        self._operation: Operation | None = None
        self._alarm: Alarm | None = None

    @property
    def name(self) -> str:
        """As ST calls it."""
        return "FLASH"

    @property
    def busy(self) -> bool:
        """SR.BSY."""
        return self._operation is not None

    @property
    def busy_until_ps(self) -> int | None:
        """When the operation under way is over."""
        return None if self._alarm is None else self._alarm.at_ps

    def stall(self, master: Master) -> None:
        """An access waits for the end of the operation (PM0075 §2.3.3, RM0090 §3.6.1)."""
        if self._alarm is not None:
            self.wait(self._alarm.at_ps, master)
        if self._alarm is not None:
            self._alarm.cancel()
            self._over()

    def begin(self, operation: Operation, time: Time) -> None:
        """Start an operation; the block is busy until it is over."""
        seconds = time.max if self.slow else time.typ
        operation.begin()
        self._operation = operation
        self.began()
        self._alarm = self.clock.alarm(self.clock.now_ps + round(seconds * PS_PER_S), self._over)

    def _over(self) -> None:
        self._operation = self._alarm = None
        self.ended()

    @abstractmethod
    def began(self) -> None:
        """Show it in the registers."""

    @abstractmethod
    def ended(self) -> None:
        """Show it in the registers."""

    def cut(self, dice: random.Random) -> None:
        """Power or reset comes in the middle of an operation: cells are left half changed."""
        if self._operation is not None and self._alarm is not None:
            self._alarm.cancel()
            self._operation.cut(dice)
            self._operation = self._alarm = None

    def _wait_alone(self, at_ps: int, _master: Master) -> None:
        self.clock.now_ps = max(self.clock.now_ps, at_ps)
