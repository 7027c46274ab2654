"""What a port of the virtual hub takes: something that is on the bus, or will be."""

from __future__ import annotations

from typing import Protocol

from swdflash.sim.cables.board_time import BoardTime
from swdflash.sim.cables.hostside.usb import Device, Setup


class Pluggable(Protocol):
    """A device with its cable, as the hub calls it. Transfers raise `UsbFault`; each costs time.

    `denied`: it may not be opened. `busy`: another program has it. `claimed`: its interfaces that
    are in use.
    """

    denied: bool
    busy: bool
    claimed: set[int]

    @property
    def time(self) -> BoardTime:
        """The time of the board that it belongs to."""
        ...

    @property
    def arrivals(self) -> int:
        """How often it has come onto the bus so far; it gets a new address each time."""
        ...

    @property
    def plugged(self) -> bool:
        """Whether it is on the bus now."""
        ...

    def device(self, address: int, port: int) -> Device:
        """What it tells about itself."""
        ...

    def transfer_out(self, endpoint: int, data: bytes, /) -> None:
        """One bulk transfer to the device."""
        ...

    def transfer_in(self, endpoint: int, size: int, timeout_ms: int, /) -> bytes | None:
        """One bulk transfer from the device; None once the timeout has passed without an answer."""
        ...

    def control(self, setup: Setup, data: bytes, timeout_ms: int, /) -> bytes:
        """One control transfer that is no standard request."""
        ...
