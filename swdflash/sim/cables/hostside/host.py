"""Puts a `UsbBus` in the place of this process's USB, and its clock in the place of sleeping."""

from __future__ import annotations

import importlib
import sys
import time
from types import TracebackType
from typing import Any

from .usb import UsbBus

REAL_SLEEP = time.sleep
LONGEST_REAL_SLEEP_S = 0.05  # a server that polls must not spin


class Sleeper:
    """`time.sleep` on a bus's clock; on the host's once the bus is gone.

    Programs keep what they import: `from time import sleep` outlives `leave`.
    """

    def __init__(self, bus: UsbBus, longest_real_s: float) -> None:
        self._bus: UsbBus | None = bus
        self._longest_real_s = longest_real_s

    def sleep(self, seconds: float) -> None:
        """Charge `seconds` of waiting; threads that wait together wait once."""
        if self._bus is None:
            REAL_SLEEP(seconds)
            return
        bus = self._bus
        then = bus.now() + seconds
        if self._longest_real_s:
            REAL_SLEEP(min(seconds, self._longest_real_s))
        bus.wait_until(then)

    def leave(self) -> None:
        """The bus is gone."""
        self._bus = None


class Host:
    """A process whose pyusb and `time.sleep` meet the virtual bus, from enter to exit."""

    def __init__(self, bus: UsbBus, longest_real_s: float = 0.0) -> None:
        self._bus = bus
        self._sleeper = Sleeper(bus, longest_real_s)
        self._undo: list[tuple[Any, str, Any]] = []

    def __enter__(self) -> Host:
        self._patch_sleep()
        self._patch_usb()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._sleeper.leave()
        for owner, name, was in reversed(self._undo):
            setattr(owner, name, was)
        forget_cached_backend()

    def _patch_sleep(self) -> None:
        """Also where pyOCD has already bound the name."""
        was = time.sleep
        self._set(time, "sleep", self._sleeper.sleep)
        for name, module in list(sys.modules.items()):
            if name.startswith("pyocd.") and getattr(module, "sleep", None) is was:
                self._set(module, "sleep", self._sleeper.sleep)

    def _patch_usb(self) -> None:
        try:
            libusb1 = importlib.import_module("usb.backend.libusb1")
            ours = importlib.import_module(".pyusb_backend", __package__)
        except ImportError:  # a program without pyusb has no use for it
            return
        backend = ours.Backend(self._bus)
        forget_cached_backend()
        self._set(libusb1, "get_backend", lambda **_options: backend)

    def _set(self, owner: Any, name: str, value: Any) -> None:
        self._undo.append((owner, name, getattr(owner, name)))
        setattr(owner, name, value)


def forget_cached_backend() -> None:
    """libusb_package keeps the first backend that it was given."""
    package = sys.modules.get("libusb_package")
    if package is not None:
        package.get_libusb1_backend.cache_clear()
