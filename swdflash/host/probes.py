"""The debug probes on this machine, those included that this user may not open."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import usb.core
import usb.util
from libusb_package import find as usb_find
from pyocd.probe.aggregator import DebugProbeAggregator
from pyocd.probe.debug_probe import DebugProbe

from swdflash.chips.probes import probe_with
from swdflash.host import pyocd_log
from swdflash.host.errors import NoUsbLibrary

SYSFS = Path("/sys/bus/usb/devices")


class Access(StrEnum):
    """Whether a probe can be used."""

    OK = "ok"
    DENIED = "permission denied"


@dataclass(frozen=True)
class FoundProbe:
    """A probe that is plugged in."""

    uid: str  # serial number; "" where it cannot be read
    vendor: str  # "" where it cannot be read
    product: str
    description: str
    access: Access = Access.OK

    @property
    def via(self) -> str:
        """The way through this probe, as `--via` takes it."""
        return f"pyocd:{self.uid}"

    @property
    def where(self) -> str:
        """Product and place, to know it by."""
        return f"{self.product} ({self.description})"


def find_probes() -> tuple[FoundProbe, ...]:
    """Every probe that is plugged in, by product and serial number.

    pyOCD says nothing of a probe that the user may not open, so those are looked up on USB by
    the ids in targets/probes.toml. Raises `NoUsbLibrary`.
    """
    pyocd_log.quiet()
    usable = [_usable(probe) for probe in DebugProbeAggregator.get_all_connected_probes()]
    return tuple(sorted([*usable, *_denied()], key=lambda probe: (probe.product, probe.uid)))


def _usable(probe: DebugProbe) -> FoundProbe:
    return FoundProbe(
        uid=probe.unique_id,
        vendor=probe.vendor_name or "",
        product=probe.product_name or "",
        description=probe.description or "",
    )


def _denied() -> Iterator[FoundProbe]:
    for device in _usb_devices():
        kind = probe_with(device.idVendor, device.idProduct)
        if kind is not None and "pyocd" in kind.engines and _is_denied(device):
            yield FoundProbe(
                uid=_serial(device),
                vendor="",
                product=kind.name,
                description=f"/dev/bus/usb/{device.bus:03}/{device.address:03}",
                access=Access.DENIED,
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


def _serial(device: usb.core.Device) -> str:
    """The serial number as the kernel read it: sysfs is open to everybody."""
    ports = ".".join(str(port) for port in device.port_numbers or ())
    try:
        return (SYSFS / f"{device.bus}-{ports}" / "serial").read_text("ascii").strip()
    except (OSError, ValueError):
        return ""
