"""A USB bus as a host sees it: descriptors as plain data, and transfers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

# libusb's error codes (libusb.h, enum libusb_error)
ERROR_IO = -1
ERROR_ACCESS = -3
ERROR_NO_DEVICE = -4
ERROR_BUSY = -6
ERROR_TIMEOUT = -7
ERROR_PIPE = -9


class UsbFault(Exception):
    """A transfer or an open that failed, with libusb's code for it."""

    def __init__(self, code: int) -> None:
        super().__init__(f"libusb error {code}")
        self.code = code


@dataclass(frozen=True)
class Endpoint:
    """A bulk endpoint."""

    address: int  # bit 7: IN
    packet: int  # wMaxPacketSize


@dataclass(frozen=True)
class Interface:
    """An interface without alternate settings."""

    name: str
    usb_class: int
    endpoints: tuple[Endpoint, ...]


@dataclass(frozen=True)
class Device:
    """What a device tells about itself; one configuration."""

    address: int
    vid: int
    pid: int
    release: int  # bcdDevice
    speed: int  # libusb_speed: 2 full, 3 high
    manufacturer: str
    product: str
    serial: str
    interfaces: tuple[Interface, ...]


class UsbBus(Protocol):
    """The devices in reach. All but `devices` and the clock's verbs raise `UsbFault`."""

    def devices(self) -> list[Device]:
        """What is plugged in."""
        ...

    def open(self, address: int) -> None:
        """May be refused for want of permission."""
        ...

    def close(self, address: int) -> None:
        """Give the device back."""
        ...

    def claim(self, address: int, interface: int) -> None:
        """Take an interface; refused where another program has it."""
        ...

    def release(self, address: int, interface: int) -> None:
        """Give an interface back."""
        ...

    def bulk_out(self, address: int, endpoint: int, data: bytes) -> None:
        """One transfer to the device."""
        ...

    def bulk_in(self, address: int, endpoint: int, size: int, timeout_ms: int) -> bytes:
        """One transfer from the device."""
        ...

    def now(self) -> float:
        """The virtual time in seconds."""
        ...

    def wait_until(self, then: float) -> None:
        """Let virtual time pass, if it has not yet."""
        ...
