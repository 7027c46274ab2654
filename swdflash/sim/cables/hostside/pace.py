"""Virtual time for programs that sleep by the wall clock: neither gets ahead of the other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from .usb import UsbBus

UNNOTICED_S = 0.02
Answer = TypeVar("Answer")


class Pace:
    """Spends on the bus what passes on the wall clock, and holds back what comes too early."""

    def __init__(self, bus: UsbBus) -> None:
        self._bus = bus
        self._lived_to = time.monotonic()  # on the wall clock; ahead of it after a long transfer
        self._turn = threading.Lock()

    def live(self) -> None:
        """Let the boards live up to the wall clock."""
        with self._turn:
            self._live()

    def transfer(self, run: Callable[[], Answer]) -> Answer:
        """Have this done on the bus; what it takes there is counted."""
        with self._turn:
            self._live()
            started = self._bus.now()
            try:
                return run()
            finally:
                self._lived_to += self._bus.now() - started

    def due(self) -> float:
        """When, by the wall clock, all that has been done on the bus is done."""
        return self._lived_to - UNNOTICED_S

    def _live(self) -> None:
        passed = time.monotonic() - self._lived_to
        if passed > 0:
            self._bus.wait_until(self._bus.now() + passed)
            self._lived_to += passed
