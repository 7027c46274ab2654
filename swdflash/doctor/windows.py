"""Checks that only Windows knows: libusb reaches a device by the WinUSB driver and no other."""

from __future__ import annotations

from collections.abc import Iterator

from swdflash.chips.probes import probe_with
from swdflash.doctor.facts import Facts, WindowsDevice
from swdflash.doctor.finding import Finding, bad, ok

GOOD = {"winusb", "libusbk", "libusb0"}  # what libusb opens (libusb's wiki, "Windows")
COMPOSITE = "usbccgp"  # the parent of several interfaces: these have drivers of their own
ST_DFU = "sttub30"  # of ST's old DfuSe Demo: only that program can use it
DRIVER_OF_ST = "install ST's driver: STSW-LINK009"
ZADIG = "give it WinUSB by Zadig (https://zadig.akeo.ie): Options, List All Devices"


def drivers(facts: Facts) -> Iterator[Finding]:
    """Whether each probe and each chip in DFU mode has a driver that can be used."""
    for device in facts.windows:
        kind = probe_with(device.vendor, device.product)
        name = kind.name if kind else f"{device.vendor:04x}:{device.product:04x}"
        if device.driver.lower() in GOOD | {COMPOSITE}:
            yield ok("driver", f"{name} has {device.driver}")
        else:
            yield _wrong(device, name, st_link=kind is not None and kind.kind == "stlink")


def _wrong(device: WindowsDevice, name: str, *, st_link: bool) -> Finding:
    if device.driver.lower() == ST_DFU:
        what = f"{name} has ST's old driver STTub30, which libusb cannot use"
        return bad("driver", what, f"STM32CubeProgrammer brings the right one, or {ZADIG}")
    what = f"{name} has {device.driver or 'no driver'}, and needs WinUSB"
    return bad("driver", what, DRIVER_OF_ST if st_link else ZADIG)
