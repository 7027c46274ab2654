"""The debug probes on this machine, those included that this user may not open."""

from __future__ import annotations

import errno
from binascii import hexlify
from collections.abc import Iterable, Iterator
from dataclasses import replace

import usb.core
import usb.util
from libusb_package import find as usb_find
from pyocd.probe.aggregator import DebugProbeAggregator
from pyocd.probe.debug_probe import DebugProbe

from swdflash.chips.probes import Probe, probe_with
from swdflash.host import pyocd_log, sysfs
from swdflash.host.access import Access
from swdflash.host.claims import Claim, claims_on
from swdflash.host.errors import NoUsbLibrary
from swdflash.host.found import FoundProbe
from swdflash.host.sysfs import UsbDevice
from swdflash.host.usb_text import printable

RAW_SERIAL = 12  # characters: an ST-Link V2 says its 96-bit number as they are, most unprintable


def find_probes() -> tuple[FoundProbe, ...]:
    """Every probe that is plugged in, by product and serial number.

    Where the kernel tells of USB by sysfs, that is believed first: neither libusb nor pyOCD say
    anything of a probe that the user may not open. Raises `NoUsbLibrary` where only libusb could.
    """
    devices = [device for device in sysfs.usb_devices() if is_probe(device)]
    known = list(told_by_sysfs(devices))
    sockets = {(device.bus, device.address) for device in devices}
    try:
        known = [*_named_by_pyocd(known), *_denied(sockets)]
    except NoUsbLibrary:
        if not known:
            raise
    return tuple(sorted(known, key=lambda probe: (probe.product, probe.uid)))


def is_probe(device: UsbDevice) -> bool:
    """By its ids, or because it calls itself CMSIS-DAP, as its specification wants it."""
    kind = probe_with(*device.ids)
    return kind.is_probe if kind else _says_cmsis_dap(device)


def _says_cmsis_dap(device: UsbDevice) -> bool:
    names = (device.name, *(interface.name for interface in device.interfaces))
    return any("CMSIS-DAP" in name for name in names)


def told_by_sysfs(devices: Iterable[UsbDevice]) -> Iterator[FoundProbe]:
    """Probes as the kernel sees them."""
    devices = tuple(devices)
    claims = claims_on(devices)
    for device in devices:
        kind = probe_with(*device.ids)
        yield _from_sysfs(device, kind, claims[device.node])


def _from_sysfs(device: UsbDevice, kind: Probe | None, claim: Claim) -> FoundProbe:
    name = kind.name if kind else "CMSIS-DAP"
    return FoundProbe(
        uid=serial_of(device),
        vendor=device.manufacturer,
        product=device.name or name,
        description=str(device.node),
        access=claim.access,
        kind=name,
        usb_path=device.path,
        node=claim.node,
        holders=claim.holders,
        engines=kind.engines if kind else ("pyocd", "openocd"),
        is_stlink=kind is not None and kind.kind == "stlink",
    )


def serial_of(device: UsbDevice) -> str:
    """A serial number as pyOCD and ST's tools show it."""
    kind = probe_with(*device.ids)
    protocol = kind.kind if kind else ""
    if protocol == "stlink" and len(device.raw_serial) == RAW_SERIAL:
        return hexlify(device.raw_serial.encode("utf-16-le")[::2]).decode().upper()
    return device.serial.lstrip("0") if protocol == "jlink" else device.serial


def _named_by_pyocd(known: Iterable[FoundProbe]) -> list[FoundProbe]:
    """These, and what pyOCD finds besides: all there is, where there is no sysfs.

    A probe that says no serial number gets the name that pyOCD makes up for it.
    """
    pyocd_log.quiet()
    named = list(known)
    told = {each.uid for each in named}
    for probe in map(_from_pyocd, DebugProbeAggregator.get_all_connected_probes()):
        nameless = [each for each in named if not each.uid and each.product == probe.product]
        if nameless:
            named[named.index(nameless[0])] = replace(nameless[0], uid=probe.uid)
        elif probe.uid not in told:
            named.append(probe)
    return named


def _from_pyocd(probe: DebugProbe) -> FoundProbe:
    return FoundProbe(
        uid=printable(probe.unique_id),
        vendor=printable(probe.vendor_name or ""),
        product=printable(probe.product_name or ""),
        description=printable(probe.description or ""),
    )


def _denied(known: set[tuple[int, int]]) -> Iterator[FoundProbe]:
    """Probes that libusb sees and may not open, where the system does not tell why."""
    for device in _usb_devices():
        kind = probe_with(device.idVendor, device.idProduct)
        told = (device.bus, device.address) in known
        if kind and kind.is_probe and "pyocd" in kind.engines and not told and _is_denied(device):
            yield FoundProbe(
                uid="",
                vendor="",
                product=kind.name,
                description=f"/dev/bus/usb/{device.bus:03}/{device.address:03}",
                access=Access.DENIED,
                kind=kind.name,
            )


def _usb_devices() -> list[usb.core.Device]:
    try:
        return list(usb_find(find_all=True))
    except usb.core.NoBackendError as error:
        raise NoUsbLibrary(str(error)) from error


def _is_denied(device: usb.core.Device) -> bool:
    try:
        device.get_active_configuration()
    except usb.core.USBError as error:
        return error.errno in (errno.EACCES, errno.EPERM)
    finally:
        usb.util.dispose_resources(device)
    return False
