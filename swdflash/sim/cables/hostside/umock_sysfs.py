"""A device of the virtual bus in the mocked machine's sysfs and /dev."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from . import descriptors
from .usb import Device, Setting

SPEEDS_MBIT = {1: "1.5", 2: "12", 3: "480"}  # by libusb_speed


def node_of(device: Device) -> str:
    """Its node, below /dev."""
    return f"bus/usb/001/{device.address:03}"


def add(bed: Any, device: Device) -> str:
    """Show it, as the kernel would; its path in sysfs."""
    node = Path(bed.get_root_dir()) / "dev" / node_of(device)
    node.parent.mkdir(parents=True, exist_ok=True)
    node.touch()
    sysfs = str(bed.add_device("usb", f"1-{device.port}", None, *_lists(device)))
    texts = {
        "manufacturer": device.manufacturer,
        "product": device.product,
        "serial": device.serial,
    }
    for name, text in texts.items():
        bed.set_attribute_binary(sysfs, name, text.encode() + b"\n")
    bed.set_attribute_binary(sysfs, "descriptors", raw_descriptors(device))
    for number, interface in enumerate(device.interfaces):
        _add_interface(bed, sysfs, f"1-{device.port}:1.{number}", number, interface.settings[0])
    bed.uevent(sysfs, "add")  # again: at the first one, libusb found no descriptors yet
    return sysfs


def remove(bed: Any, device: Device, sysfs: str) -> None:
    """It is pulled out."""
    for number in range(len(device.interfaces)):
        bed.remove_device(f"{sysfs}/1-{device.port}:1.{number}")
    bed.remove_device(sysfs)
    (Path(bed.get_root_dir()) / "dev" / node_of(device)).unlink(missing_ok=True)


def raw_descriptors(device: Device) -> bytes:
    """The file `descriptors`."""
    return descriptors.device_descriptor(device) + descriptors.configuration_descriptor(device)


def _lists(device: Device) -> tuple[list[str], list[str]]:
    attributes = {
        "bDeviceClass": "00",
        "bNumInterfaces": f"{len(device.interfaces):2d}",
        "bNumConfigurations": "1",
        "bConfigurationValue": "1",
        "bcdDevice": f"{device.release:04x}",
        "busnum": "1",
        "devnum": str(device.address),
        "idProduct": f"{device.pid:04x}",
        "idVendor": f"{device.vid:04x}",
        "speed": SPEEDS_MBIT[device.speed],
        "version": f"{device.usb >> 8:2x}.{device.usb & 0xFF:02x}",
    }
    properties = {
        "DEVTYPE": "usb_device",
        "DEVNAME": f"/dev/{node_of(device)}",
        "BUSNUM": "001",
        "DEVNUM": f"{device.address:03}",
        "PRODUCT": f"{device.vid:x}/{device.pid:x}/{device.release:x}",
        "ID_VENDOR_ID": f"{device.vid:04x}",
        "ID_MODEL_ID": f"{device.pid:04x}",
    }
    lines = {name: f"{value}\n" for name, value in attributes.items()}
    return _flat(lines), _flat(properties)


def _add_interface(bed: Any, parent: str, name: str, number: int, setting: Setting) -> None:
    usb_class, subclass, protocol = setting.usb_class
    attributes = {
        "bInterfaceNumber": f"{number:02x}\n",
        "bInterfaceClass": f"{usb_class:02x}\n",
        "bInterfaceSubClass": f"{subclass:02x}\n",
        "bInterfaceProtocol": f"{protocol:02x}\n",
        "interface": f"{setting.name}\n",
    }
    properties = {"DEVTYPE": "usb_interface"}
    bed.add_device("usb", name, parent, _flat(attributes), _flat(properties))


def _flat(pairs: dict[str, str]) -> list[str]:
    return [word for pair in pairs.items() for word in pair]
