"""USB devices and serial ports as the kernel tells of them, without opening one.

Sources: Documentation/ABI/stable/sysfs-bus-usb and testing/sysfs-bus-usb of the Linux kernel.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from swdflash.host.usb_text import printable

SYS = Path("/sys")
DEV = Path("/dev")
DEVICE = re.compile(r"\d+-\d+(\.\d+)*")  # bus and ports; `usb1` is a root hub, `1-1:1.0` interface
UNKNOWN_UART = "0"  # PORT_UNKNOWN (linux serial_core.h): a place for a port, and none there
HUB = 0x09  # bDeviceClass
HID_DEVICE = re.compile(r"([0-9A-F]{4}:){2}[0-9A-F]{4}\.\w+")  # bus:vendor:product.number
BEHIND_USB = re.compile(r"tty(ACM|USB)\d+")


@dataclass(frozen=True)
class UsbInterface:
    """One interface of a device, as configured now."""

    number: int
    klass: int  # bInterfaceClass
    subclass: int
    protocol: int
    name: str
    driver: str  # the kernel driver that has it; "usbfs" where a program has claimed it
    ports: tuple[str, ...]  # ttyACM0, ttyUSB1
    hidraw: tuple[str, ...] = ()


@dataclass(frozen=True)
class UsbDevice:
    """A device on USB; text is fit to print."""

    path: str  # 1-1.4: bus and ports, which stay the same as long as it stays in its socket
    bus: int
    address: int
    vendor: int
    product: int
    manufacturer: str
    name: str
    serial: str
    raw_serial: str  # as the device says it
    interfaces: tuple[UsbInterface, ...]

    @property
    def node(self) -> Path:
        """What libusb opens."""
        return DEV / f"bus/usb/{self.bus:03}/{self.address:03}"

    @property
    def ids(self) -> tuple[int, int]:
        """Vendor and product."""
        return self.vendor, self.product


@dataclass(frozen=True)
class SerialPort:
    """A serial port that something is behind."""

    name: str  # ttyACM0
    usb_path: str  # of its USB device; "" for a port of the machine's own
    interface: int  # bInterfaceNumber of its USB interface; -1 without USB

    @property
    def node(self) -> Path:
        """What programs open."""
        return DEV / self.name


def usb_devices() -> tuple[UsbDevice, ...]:
    """Every device on USB but hubs, in the order of their sockets."""
    entries = sorted(_names(SYS / "bus/usb/devices"))
    folders = [SYS / "bus/usb/devices" / name for name in entries if DEVICE.fullmatch(name)]
    return tuple(device for folder in folders for device in _device(folder, entries))


def _device(folder: Path, entries: list[str]) -> Iterator[UsbDevice]:
    """One device, or none where it is a hub or was pulled out while being looked at."""
    try:
        if _hex(folder / "bDeviceClass") == HUB:
            return
        inside = [name for name in entries if name.startswith(f"{folder.name}:")]
        yield UsbDevice(
            path=folder.name,
            bus=int(_text(folder / "busnum")),
            address=int(_text(folder / "devnum")),
            vendor=_hex(folder / "idVendor"),
            product=_hex(folder / "idProduct"),
            manufacturer=printable(_bytes(folder / "manufacturer")),
            name=printable(_bytes(folder / "product")),
            serial=printable(_bytes(folder / "serial")),
            raw_serial=_bytes(folder / "serial").decode("utf-8", "replace").removesuffix("\n"),
            interfaces=tuple(_interface(folder.parent / name) for name in inside),
        )
    except ValueError:
        return


def _interface(folder: Path) -> UsbInterface:
    names = _names(folder)
    directly = [name for name in names if BEHIND_USB.fullmatch(name)]  # usb-serial drivers
    hid = [
        name for name in names if re.fullmatch(r"[0-9A-F]{4}:[0-9A-F]{4}:[0-9A-F]{4}\.\w+", name)
    ]
    return UsbInterface(
        number=_hex(folder / "bInterfaceNumber"),
        klass=_hex(folder / "bInterfaceClass"),
        subclass=_hex(folder / "bInterfaceSubClass"),
        protocol=_hex(folder / "bInterfaceProtocol"),
        name=printable(_bytes(folder / "interface")),
        driver=_driver(folder),
        ports=tuple(sorted([*directly, *_names(folder / "tty")])),
        hidraw=tuple(sorted(raw for name in hid for raw in _names(folder / name / "hidraw"))),
    )


def serial_ports() -> tuple[SerialPort, ...]:
    """Every serial port with hardware behind it: on USB, or a driver's own."""
    ports = (_port(SYS / "class/tty" / name) for name in sorted(_names(SYS / "class/tty")))
    return tuple(port for port in ports if port is not None)


def _port(link: Path) -> SerialPort | None:
    folder = link.resolve()
    for above in folder.parents:
        if (above / "bInterfaceNumber").exists():
            return SerialPort(link.name, above.name.partition(":")[0], _hex_or(above, 0))
        if DEVICE.fullmatch(above.name) and (above / "idVendor").exists():
            return SerialPort(link.name, above.name, 0)
    real = _text(link / "type") not in ("", UNKNOWN_UART)
    return SerialPort(link.name, "", -1) if real else None


def _hex_or(folder: Path, otherwise: int) -> int:
    try:
        return _hex(folder / "bInterfaceNumber")
    except ValueError:
        return otherwise


def _driver(folder: Path) -> str:
    try:
        return (folder / "driver").readlink().name
    except OSError:
        return ""


def _names(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in folder.iterdir()]
    except OSError:
        return []


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


def _text(file: Path) -> str:
    return _bytes(file).decode("ascii", "replace").strip()


def _hex(file: Path) -> int:
    """A number that sysfs spells in hex; raises ValueError where there is none."""
    return int(_text(file), 16)
