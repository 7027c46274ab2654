"""Who may use a USB device now: its node, and the programs that are there already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from swdflash.host.access import Access, NodeFacts, access_to, node_facts
from swdflash.host.holders import Holder, holders_of
from swdflash.host.sysfs import UsbDevice

CLAIMED = "usbfs"  # the driver of an interface that a program has claimed through its node


@dataclass(frozen=True)
class Claim:
    """Whether a device can be used, and who stands in the way."""

    access: Access
    node: NodeFacts
    holders: tuple[Holder, ...] = ()


def claims_on(devices: Iterable[UsbDevice]) -> Mapping[Path, Claim]:
    """What each device's node says, by node."""
    devices = tuple(devices)
    held = holders_of(device.node for device in devices)
    return {device.node: _claim(device, held[device.node]) for device in devices}


def _claim(device: UsbDevice, holders: tuple[Holder, ...]) -> Claim:
    """Claimed counts even where the program is another user's, whose files /proc hides."""
    access = access_to(device.node, by_opening=True)
    claimed = any(interface.driver == CLAIMED for interface in device.interfaces)
    if access is Access.OK and (claimed or holders):
        access = Access.BUSY
    return Claim(access, node_facts(device.node), holders)


def claim_on_port(node: Path, holders: tuple[Holder, ...]) -> Claim:
    """The same for a serial port, which is not opened to find out."""
    access = access_to(node, by_opening=False)
    if access is Access.OK and holders:
        access = Access.BUSY
    return Claim(access, node_facts(node), holders)
