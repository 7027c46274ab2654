"""Devices with a DFU interface on USB, and which of them a way means."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import usb.core
import usb.util
from libusb_package import find as usb_find
from usb.control import get_descriptor

from swdflash.chips.probes import probe_with
from swdflash.host import sysfs
from swdflash.host.access import Access
from swdflash.host.claims import claims_on
from swdflash.host.usb_text import printable
from swdflash.links.dfu.errors import NoDfuDevice, NotInDfuMode, SeveralDfuDevices
from swdflash.links.dfu.exceptions import translated
from swdflash.links.dfu.requests import DFU_CLASS, DFU_MODE, DFU_SUBCLASS
from swdflash.links.errors import NoPermission
from swdflash.links.via import Via

UNKNOWN_PATH = "?"
LANGUAGES_BYTES = 254  # more than a list of languages takes


@dataclass(frozen=True)
class Candidate:
    """A device with a DFU interface; text is fit to print."""

    device: Any = field(repr=False, compare=False)  # usb.core.Device
    interface: Any = field(repr=False, compare=False)  # usb.core.Interface, its first alternate
    product: str
    serial: str
    path: str  # its socket: 1-1.4
    denied: bool = False  # it may not be asked for its serial number

    @property
    def ids(self) -> tuple[int, int]:
        """Vendor and product."""
        return self.device.idVendor, self.device.idProduct

    @property
    def is_known(self) -> bool:
        """Whether `targets/probes.toml` has it as a chip's own bootloader."""
        kind = probe_with(*self.ids)
        return kind is not None and kind.kind == "dfu"

    @property
    def in_dfu_mode(self) -> bool:
        """Whether it is its bootloader that runs, not firmware with a DFU run-time interface."""
        return bool(self.interface.bInterfaceProtocol == DFU_MODE)

    @property
    def number(self) -> int:
        """Its bInterfaceNumber."""
        return int(self.interface.bInterfaceNumber)

    def __str__(self) -> str:
        vendor, product = self.ids
        named = self.product or f"{vendor:04x}:{product:04x}"
        return " ".join(part for part in (named, self.serial, f"at USB {self.path}") if part)


def candidates() -> tuple[Candidate, ...]:
    """Every device with a DFU interface. Raises `NoUsbLibrary` and `TransferFailed` kinds."""
    with translated("USB"):
        devices = list(usb_find(find_all=True))
    known = {(each.bus, each.address, each.ids): each for each in sysfs.usb_devices()}
    found = []
    for device in devices:
        told = known.get((device.bus, device.address, (device.idVendor, device.idProduct)))
        found += [_candidate(device, interface, told) for interface in _dfu_interfaces(device)[:1]]
    return tuple(sorted(found, key=lambda each: (each.path, each.serial)))


def _dfu_interfaces(device: Any) -> list[Any]:
    """A device whose descriptors cannot be read has none."""
    with suppress(usb.core.USBError, NotImplementedError):
        return [
            interface
            for configuration in device
            for interface in configuration
            if (interface.bInterfaceClass, interface.bInterfaceSubClass)
            == (DFU_CLASS, DFU_SUBCLASS)
        ]
    return []


def _candidate(device: Any, interface: Any, told: sysfs.UsbDevice | None) -> Candidate:
    """By what the system tells where the device itself may not be asked."""
    ports = device.port_numbers or ()
    serial = _string(device, device.iSerialNumber) or (told.serial if told else "")
    return Candidate(
        device=device,
        interface=interface,
        product=_string(device, device.iProduct) or (told.name if told else ""),
        serial=serial,
        path=f"{device.bus}-{'.'.join(map(str, ports))}"
        if ports
        else (told.path if told else UNKNOWN_PATH),
        denied=not serial and _is_denied(device),
    )


def _string(device: Any, index: int) -> str:
    """A string of a device, "" where it cannot be had: pyusb says ValueError for no language."""
    try:
        return printable(usb.util.get_string(device, index) or "") if index else ""
    except (usb.core.USBError, ValueError, NotImplementedError):
        return ""


def _is_denied(device: Any) -> bool:
    """Whether a serial number is there that this user may not ask for."""
    try:  # pyusb takes any error of `get_string` for a device that has no language
        get_descriptor(device, LANGUAGES_BYTES, usb.util.DESC_TYPE_STRING, 0)
    except usb.core.USBError as error:
        return error.errno in (errno.EACCES, errno.EPERM)
    except NotImplementedError:
        pass
    return False


def choose(found: Sequence[Candidate], serial: str, path: str | None) -> Candidate:
    """The one that a serial number and a socket name, or the only one of a known kind.

    Raises `NoDfuDevice`, `SeveralDfuDevices`, `NotInDfuMode`, and `NoPermission` where one that
    cannot be asked may be it.
    """
    wanted = _words(serial, path)
    fitting = [
        each
        for each in found
        if (not serial or each.serial == serial) and (path is None or each.path == path)
    ]
    if not serial and path is None:
        fitting = [each for each in found if each.is_known]
    if not fitting:
        for each in found:
            if each.denied and each.is_known:
                raise NoPermission(str(each), in_the_way(each) or "its serial number is not told")
        raise NoDfuDevice(wanted, _seen_instead(found))
    if len(fitting) > 1:
        raise SeveralDfuDevices(wanted, {_way(each, fitting): str(each) for each in fitting})
    if not fitting[0].in_dfu_mode:
        raise NotInDfuMode(str(fitting[0]), f"protocol {fitting[0].interface.bInterfaceProtocol}")
    return fitting[0]


def _words(serial: str, path: str | None) -> str:
    if serial:
        return f"the serial number {serial}" + (f" at USB {path}" if path else "")
    return f"USB {path}" if path else "an STM32 in its bootloader"


def _seen_instead(found: Sequence[Candidate]) -> str:
    if not found:
        return "there is none on USB"
    others = "; ".join(_describe(each) for each in found)
    return f"there is only {others} (a device of another maker is taken by its serial number only)"


def _describe(candidate: Candidate) -> str:
    mode = "" if candidate.in_dfu_mode else ", which runs its firmware"
    return f"{candidate}{mode}"


def _way(candidate: Candidate, among: Sequence[Candidate]) -> str:
    """The way to this one and no other of these."""
    serials = [each.serial for each in among]
    if candidate.serial and serials.count(candidate.serial) == 1:
        return str(Via("dfu", candidate.serial))
    return str(Via("dfu", candidate.serial, (("path", candidate.path),)))


def in_the_way(candidate: Candidate) -> str:
    """Who has it, or what its node lets whom do; "" where the system does not tell."""
    device = candidate.device
    for each in sysfs.usb_devices():
        if (each.bus, each.address, each.ids) == (device.bus, device.address, candidate.ids):
            claim = claims_on([each])[each.node]
            drivers = (f"the kernel's driver {part.driver}" for part in each.interfaces)
            if claim.access is Access.DENIED:
                return str(claim.node)
            return ", ".join(map(str, claim.holders)) or next(_foreign(drivers), "")
    return ""


def _foreign(drivers: Iterator[str]) -> Iterator[str]:
    return (driver for driver in drivers if not driver.endswith(("driver ", "driver usbfs")))
