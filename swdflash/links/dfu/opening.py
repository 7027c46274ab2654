"""Opens the link to a chip in DFU mode."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import usb.util

from swdflash.errors import SwdflashError
from swdflash.host.usb_text import printable
from swdflash.links.base import LinkInfo
from swdflash.links.dfu.endpoint import UsbEndpoint
from swdflash.links.dfu.errors import DfuBusy, DfuGone, NoDfuDevice, NotStRom
from swdflash.links.dfu.evidence import Evidence
from swdflash.links.dfu.exceptions import translated
from swdflash.links.dfu.finding import UNKNOWN_PATH, Candidate, candidates, choose, in_the_way
from swdflash.links.dfu.layout import INTERNAL_FLASH, Memory, NoLayout, parse
from swdflash.links.dfu.requests import Attributes, Functional
from swdflash.links.dfu.rom_link import DfuRom, Opened
from swdflash.links.errors import LinkError, NoPermission
from swdflash.links.pace import Pace
from swdflash.links.via import Via

LOOK_AGAIN_S = 0.2
SETTLES_S = 2.0  # a device that was reset comes back under another address
LARGEST_BLOCK = 4096  # bytes: what Linux takes in one control transfer (usbfs)


def open_link(way: Via, place: str, pace: Pace, *, timeout_s: float, held: ExitStack) -> DfuRom:
    """The link to the chip with the serial number `place`, or to the only one in DFU mode.

    One that is not there yet is waited for up to `timeout_s`. `held` is closed with the link.
    Raises `NoDfuDevice`, `SeveralDfuDevices`, `NotInDfuMode`, `NotStRom`, `DfuBusy`,
    `NoPermission`, `NoUsbLibrary`, `DfuStuck` and `TransferFailed` kinds.
    """
    link = _as_soon_as_there(lambda: _open(way, place, pace, held), pace, timeout_s)
    held.callback(link.let_go)
    return link


def _as_soon_as_there(look: Callable[[], DfuRom], pace: Pace, timeout_s: float) -> DfuRom:
    """What `look` finds; a node belongs to root until udev has looked at it, so ask again."""
    started = pace.now()
    gone: DfuGone | None = None
    while True:
        problem: LinkError
        try:
            return look()
        except DfuGone as error:
            problem = gone = error
        except (NoDfuDevice, NoPermission) as error:
            problem = gone or error
        limit_s = max(timeout_s, SETTLES_S) if gone else timeout_s
        if pace.now() - started >= limit_s:
            raise problem
        pace.sleep(LOOK_AGAIN_S)


def _open(way: Via, serial: str, pace: Pace, held: ExitStack) -> DfuRom:
    chosen = choose(candidates(), serial, way.option("path"))
    socket = None if chosen.path == UNKNOWN_PATH else chosen.path
    info = LinkInfo(str(way), "dfu", str(chosen), 0, pace.simulated)

    def again() -> Opened:
        return _claim(choose(candidates(), chosen.serial, socket))

    link = DfuRom(_claim(chosen), again, info, pace, held)
    try:
        link.greet()
    except SwdflashError:
        link.let_go()
        raise
    return link


def _claim(chosen: Candidate) -> Opened:
    """Claim the device's DFU interface, and read what it declares. Raises `NotStRom`, too."""
    try:
        endpoint = UsbEndpoint(chosen.device, chosen.number, str(chosen))
    except NoPermission as denied:
        detail = in_the_way(chosen) or denied.detail
        raise NoPermission(denied.device, detail) from denied
    except DfuBusy as busy:
        raise DfuBusy(busy.probe, in_the_way(chosen) or busy.detail) from busy
    try:
        with translated(str(chosen)):
            return Opened(endpoint, _functional(chosen), _evidence(chosen))
    except SwdflashError:
        endpoint.close()
        raise


def _evidence(chosen: Candidate) -> Evidence:
    device = chosen.device
    names = [_name(device, alternate) for alternate in _alternates(chosen)]
    memories = tuple(_memories(names))
    found = Evidence(device.idVendor, device.idProduct, device.bcdDevice, chosen.serial, memories)
    if found.memory(INTERNAL_FLASH) is None:
        shown = ", ".join(f"`{name}`" for name in names if name) or "nothing"
        raise NotStRom(str(chosen), f"it declares no `@{INTERNAL_FLASH}`, but {shown}")
    return found


def _memories(names: list[str]) -> Iterator[Memory]:
    for alternate, name in enumerate(names):
        try:
            yield parse(name, alternate)
        except NoLayout:
            continue


def _alternates(chosen: Candidate) -> list[Any]:
    """Every alternate setting of the DFU interface, by its number."""
    configuration = chosen.device[chosen.interface.configuration]
    number = chosen.number
    found = [each for each in configuration if each.bInterfaceNumber == number]
    return sorted(found, key=lambda each: int(each.bAlternateSetting))


def _name(device: Any, alternate: Any) -> str:
    index = alternate.iInterface
    try:
        return printable(usb.util.get_string(device, index) or "") if index else ""
    except ValueError:  # pyusb: the device has no language
        return ""


def _functional(chosen: Candidate) -> Functional:
    """Its functional descriptor. Raises `NotStRom` where it can do too little."""
    told = [bytes(each.extra_descriptors) for each in _alternates(chosen)]
    told.append(bytes(chosen.device[chosen.interface.configuration].extra_descriptors))
    found = next(filter(None, map(Functional.find, told)), None)
    if found is None:
        raise NotStRom(str(chosen), "it has no DFU functional descriptor")
    if not found.attributes & Attributes.CAN_UPLOAD:
        raise NotStRom(str(chosen), "nothing can be read back from it (bitCanUpload is 0)")
    if not 0 < found.transfer_size <= LARGEST_BLOCK:
        raise NotStRom(str(chosen), f"it wants blocks of {found.transfer_size} bytes")
    return found
