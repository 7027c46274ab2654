"""Virtual time for programs that sleep by the wall clock: neither gets far ahead of the other."""

from __future__ import annotations

import time

from .usb import UsbBus

UNNOTICED_S = 0.02


class Pace:
    """The wall clock and the bus's, from a common start."""

    def __init__(self, bus: UsbBus) -> None:
        self._bus = bus
        self._wall, self._virtual = time.monotonic(), bus.now()

    def live(self) -> None:
        """Let the boards live up to the wall clock."""
        self._bus.wait_until(self._virtual + time.monotonic() - self._wall)

    def due(self) -> float:
        """When, by the wall clock, what has just happened on the bus has happened."""
        return self._wall + self._bus.now() - self._virtual - UNNOTICED_S
