"""A USB bus as a host sees it: descriptors as plain data, and transfers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

# libusb's error codes (libusb.h, enum libusb_error)
ERROR_IO = -1
ERROR_ACCESS = -3
ERROR_NO_DEVICE = -4
ERROR_NOT_FOUND = -5
ERROR_BUSY = -6
ERROR_TIMEOUT = -7
ERROR_PIPE = -9

IN = 0x80  # bit 7 of bmRequestType, and of an endpoint's address: towards the host
STANDARD, CLASS, VENDOR = 0x00, 0x20, 0x40  # bits 5 and 6 of bmRequestType
KIND = 0x60


class UsbFault(Exception):
    """A transfer or an open that failed, with libusb's code for it."""

    def __init__(self, code: int) -> None:
        super().__init__(f"libusb error {code}")
        self.code = code


@dataclass(frozen=True)
class Setup:
    """The first stage of a control transfer (USB 2.0 §9.3)."""

    request_type: int  # bmRequestType
    request: int  # bRequest
    value: int  # wValue
    index: int  # wIndex
    length: int  # wLength: of the data stage

    @property
    def inward(self) -> bool:
        """Whether the device sends the data."""
        return bool(self.request_type & IN)


@dataclass(frozen=True)
class Endpoint:
    """A bulk endpoint."""

    address: int  # bit 7: IN
    packet: int  # wMaxPacketSize


@dataclass(frozen=True)
class Setting:
    """One of the settings that an interface alternates between."""

    name: str
    usb_class: tuple[int, int, int]  # class, subclass, protocol
    endpoints: tuple[Endpoint, ...] = ()
    extra: bytes = b""  # class-specific descriptors behind this one


@dataclass(frozen=True)
class Interface:
    """An interface; setting 0 holds until another is chosen."""

    settings: tuple[Setting, ...]


@dataclass(frozen=True)
class Device:
    """What a device tells about itself; one configuration."""

    address: int
    port: int  # of the hub: stays the same when it comes back with another address
    vid: int
    pid: int
    release: int  # bcdDevice
    speed: int  # libusb_speed: 2 full, 3 high
    manufacturer: str
    product: str
    serial: str
    interfaces: tuple[Interface, ...]
    usb: int = 0x0200  # bcdUSB
    attributes: int = 0x80  # bmAttributes of the configuration: bit 6 is self-powered
    power_ma: int = 300


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

    def choose(self, address: int, interface: int, setting: int) -> None:
        """Let an interface have this one of its settings."""
        ...

    def bulk_out(self, address: int, endpoint: int, data: bytes) -> None:
        """One transfer to the device."""
        ...

    def bulk_in(self, address: int, endpoint: int, size: int, timeout_ms: int) -> bytes:
        """One transfer from the device."""
        ...

    def control(self, address: int, setup: Setup, data: bytes, timeout_ms: int) -> bytes:
        """One control transfer: `data` goes out, or what comes in is returned.

        Standard requests are the host's own affair: see `descriptors.standard`. A timeout of 0 is
        none.
        """
        ...

    def now(self) -> float:
        """The virtual time in seconds."""
        ...

    def wait_until(self, then: float) -> None:
        """Let virtual time pass, if it has not yet."""
        ...
