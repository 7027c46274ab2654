"""The virtual USB bus: what is plugged in, what comes and goes, and who has which interface."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from swdflash.sim.cables.hostside.usb import (
    ERROR_ACCESS,
    ERROR_BUSY,
    ERROR_NO_DEVICE,
    ERROR_NOT_FOUND,
    ERROR_TIMEOUT,
    Device,
    Setup,
    UsbFault,
)
from swdflash.sim.cables.pluggable import Pluggable


@dataclass
class Port:
    """A port of the hub, and the address that the host gave to what is in it."""

    plug: Pluggable
    number: int
    address: int = 0
    arrivals: int = 0  # of the plug, when it got its address


class Hub:
    """A `UsbBus` over plugs. One caller at a time: threads wait for each other."""

    def __init__(self, plugs: Sequence[Pluggable]) -> None:
        self._ports = [Port(plug, number) for number, plug in enumerate(plugs, start=1)]
        self._addresses = 0  # given out so far; none is used twice
        self._lock = threading.RLock()

    def devices(self) -> list[Device]:
        """What is plugged in."""
        with self._lock:
            return [port.plug.device(port.address, port.number) for port in self._present()]

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
        """Give an interface back; no fault where the device has left with it."""
        with self._lock:
            for port in self._ports:
                if port.address == address:
                    port.plug.claimed.discard(interface)

    def choose(self, address: int, interface: int, setting: int) -> None:
        """Raises `UsbFault` where the interface has no such setting."""
        with self._lock:
            interfaces = self._plug(address).device(address, 0).interfaces
            if interface >= len(interfaces) or setting >= len(interfaces[interface].settings):
                raise UsbFault(ERROR_NOT_FOUND)

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

    def control(self, address: int, setup: Setup, data: bytes, timeout_ms: int) -> bytes:
        """One control transfer."""
        with self._lock:
            return self._plug(address).control(setup, data, timeout_ms)

    def now(self) -> float:
        """Seconds on the boards' clock."""
        with self._lock:
            return max(port.plug.time.now for port in self._ports)

    def wait_until(self, then: float) -> None:
        """Let time pass on every board."""
        with self._lock:
            for port in self._ports:
                port.plug.time.spend(max(0.0, then - port.plug.time.now))

    def _present(self) -> Iterator[Port]:
        for port in self._ports:
            plug = port.plug
            if plug.plugged:
                if port.arrivals != plug.arrivals:
                    self._addresses += 1
                    port.address, port.arrivals = self._addresses, plug.arrivals
                    plug.claimed.clear()
                yield port

    def _plug(self, address: int) -> Pluggable:
        for port in self._present():
            if port.address == address:
                return port.plug
        raise UsbFault(ERROR_NO_DEVICE)
