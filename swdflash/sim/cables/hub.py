"""The virtual USB bus: probes plugged in, what their transfers cost, and what goes wrong."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from swdflash.sim.cables.hostside.usb import (
    ERROR_ACCESS,
    ERROR_BUSY,
    ERROR_NO_DEVICE,
    ERROR_TIMEOUT,
    Device,
    UsbFault,
)
from swdflash.sim.cables.plug import Plug


class Hub:
    """A `UsbBus` over plugs. One caller at a time: threads wait for each other."""

    def __init__(self, plugs: Sequence[Plug]) -> None:
        self._plugs = dict(enumerate(plugs, start=1))
        self._lock = threading.RLock()

    def devices(self) -> list[Device]:
        """What is plugged in."""
        with self._lock:
            return [plug.device(address) for address, plug in self._plugs.items() if plug.plugged]

    def open(self, address: int) -> None:
        """Raises `UsbFault` where the device is gone or not permitted."""
        with self._lock:
            if self._plug(address).denied:
                raise UsbFault(ERROR_ACCESS)

    def close(self, address: int) -> None:
        """Nothing is kept by handle."""

    def claim(self, address: int, interface: int) -> None:
        """Take an interface; raises `UsbFault` where another program has it."""
        with self._lock:
            plug = self._plug(address)
            if plug.busy or interface in plug.claimed:
                raise UsbFault(ERROR_BUSY)
            plug.claimed.add(interface)

    def release(self, address: int, interface: int) -> None:
        """Give an interface back."""
        with self._lock:
            self._plugs[address].claimed.discard(interface)

    def bulk_out(self, address: int, endpoint: int, data: bytes) -> None:
        """One transfer to the device."""
        with self._lock:
            self._plug(address).transfer_out(endpoint, data)

    def bulk_in(self, address: int, endpoint: int, size: int, timeout_ms: int) -> bytes:
        """One transfer from the device."""
        with self._lock:
            answer = self._plug(address).transfer_in(endpoint, size, timeout_ms)
            if answer is None:
                raise UsbFault(ERROR_TIMEOUT)
            return answer

    def now(self) -> float:
        """Seconds on the boards' clock."""
        with self._lock:
            return max(plug.board.clock.now for plug in self._plugs.values())

    def wait_until(self, then: float) -> None:
        """Let time pass on every board."""
        with self._lock:
            for plug in self._plugs.values():
                plug.board.spend(max(0.0, then - plug.board.clock.now))

    def _plug(self, address: int) -> Plug:
        plug = self._plugs[address]
        if not plug.plugged:
            raise UsbFault(ERROR_NO_DEVICE)
        return plug
