"""The firmware of a probe, asked of the probe itself: it is opened for a moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import usb.core
from pyocd.core import exceptions
from pyocd.probe.stlink.stlink import STLink
from pyocd.probe.stlink.usb import STLinkUSBInterface

from swdflash.chips.probes import probes
from swdflash.host import pyocd_log
from swdflash.host.found import Firmware

V2 = 2  # V3 and later count anew
REFUSALS = (exceptions.Error, usb.core.USBError, usb.core.NoBackendError)


def st_link_firmware() -> dict[str, Firmware]:
    """Every ST-Link's firmware by serial number; one that cannot be opened is left out."""
    pyocd_log.quiet()
    try:
        interfaces = STLinkUSBInterface.get_all_connected_devices()
    except REFUSALS:
        return {}
    found = ((each.serial_number, _firmware(each)) for each in interfaces)
    return {serial: firmware for serial, firmware in found if firmware is not None}


def _firmware(interface: STLinkUSBInterface) -> Firmware | None:
    link = STLink(interface)
    with _let_go(link), suppress(*REFUSALS):  # one that is too old is told by an exception
        link.open()
    if not link.version_str:
        return None
    return Firmware(link.version_str, link.hw_version <= V2 and link.jtag_version < oldest())


def oldest() -> int:
    """The J of the oldest firmware of an ST-Link V2 that its engines accept."""
    return max(probe.oldest_swd_firmware for probe in probes() if probe.kind == "stlink")


@contextmanager
def _let_go(link: STLink) -> Iterator[None]:
    try:
        yield
    finally:
        with suppress(*REFUSALS):
            link.close()
