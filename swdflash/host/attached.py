"""Finds everything on this machine that leads to a chip: probes, ports, chips in DFU mode."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace

from serial.tools import list_ports

from swdflash.chips.probes import probe_with
from swdflash.host import sysfs
from swdflash.host.access import Access
from swdflash.host.claims import claim_on_port, claims_on
from swdflash.host.found import Attached, FoundDfu, FoundPort
from swdflash.host.holders import Holder, holders_of
from swdflash.host.probes import find_probes, serial_of
from swdflash.host.sysfs import SerialPort, UsbDevice
from swdflash.host.usb_text import printable

LOOK_AGAIN_S = 0.5
CDC, ABSTRACT_MODEL = 0x02, 0x02  # class and subclass of a CDC-ACM port (USB CDC 1.2, PSTN 1.2)


def find_attached() -> Attached:
    """Look everywhere. Raises `NoUsbLibrary` where only libusb could tell."""
    devices = sysfs.usb_devices()
    return Attached(find_probes(), find_ports(devices), find_dfu(devices))


def sight() -> Hashable:
    """All that changes with a plug, without a word to any device: cheap enough to ask often."""
    devices = sysfs.usb_devices()
    claims = claims_on(device for device in devices if probe_with(*device.ids))
    return devices, sysfs.serial_ports(), tuple(claims.items())


def await_change(since: Attached) -> Attached:
    """Wait until something is plugged in, pulled out, opened or let go of; what is there then.

    What changed since then counts, too, and what changes during a look is met by the next one.
    Where the system tells nothing by itself, libusb is asked again and again.
    """
    before: Hashable = None
    while True:
        seen = sight()
        if not sysfs.SYS.is_dir() or seen != before:
            now = find_attached()
            if now != since:
                return now
            before = seen
        time.sleep(LOOK_AGAIN_S)


def find_dfu(devices: Sequence[UsbDevice]) -> tuple[FoundDfu, ...]:
    """Chips in DFU mode among these."""
    chips = [device for device in devices if _kind(device) == "dfu"]
    claims = claims_on(chips)
    return tuple(
        FoundDfu(
            serial=chip.serial,
            product=chip.name or "STM32 BOOTLOADER",
            usb_path=chip.path,
            access=claims[chip.node].access,
            node=claims[chip.node].node,
            holders=claims[chip.node].holders,
        )
        for chip in chips
    )


def find_ports(devices: Sequence[UsbDevice]) -> tuple[FoundPort, ...]:
    """Serial ports, each with the USB device that it belongs to."""
    by_path = {device.path: device for device in devices}
    if not sysfs.SYS.is_dir():
        return tuple(_elsewhere())
    ports = sysfs.serial_ports()
    held = holders_of(port.node for port in ports)
    found = [_found(port, by_path, held[port.node]) for port in ports]
    return (*found, *_without_driver(devices))


def _found(
    port: SerialPort, by_path: Mapping[str, UsbDevice], holders: tuple[Holder, ...]
) -> FoundPort:
    claim = claim_on_port(port.node, holders)
    device = by_path.get(port.usb_path)
    plain = _port_of(device) if device else FoundPort("", "", "", port.usb_path, is_probe=False)
    return replace(
        plain,
        name=str(port.node),
        access=claim.access,
        node=claim.node,
        holders=claim.holders,
    )


def _port_of(device: UsbDevice) -> FoundPort:
    kind = probe_with(*device.ids)
    return FoundPort(
        name="",
        product=device.name or (kind.name if kind else ""),
        serial=serial_of(device),
        usb_path=device.path,
        is_probe=kind is not None and kind.is_probe,
        access=Access.NO_DRIVER,
    )


def _without_driver(devices: Sequence[UsbDevice]) -> Iterator[FoundPort]:
    """Ports that the kernel has no driver for, or has not loaded it."""
    for device in devices:
        lonely = [each for each in device.interfaces if not each.driver and not each.ports]
        adapter = _kind(device) == "serial" and len(lonely) == len(device.interfaces) > 0
        if adapter or any((each.klass, each.subclass) == (CDC, ABSTRACT_MODEL) for each in lonely):
            yield _port_of(device)


def _kind(device: UsbDevice) -> str:
    kind = probe_with(*device.ids)
    return kind.kind if kind else ""


def _elsewhere() -> Iterator[FoundPort]:
    """Serial ports of a system without sysfs."""
    for port in sorted(list_ports.comports()):
        kind = probe_with(port.vid or 0, port.pid or 0)
        yield FoundPort(
            name=printable(port.device),
            product=printable(port.product or port.description or ""),
            serial=printable(port.serial_number or ""),
            usb_path=printable(port.location or ""),
            is_probe=kind is not None and kind.is_probe,
        )
