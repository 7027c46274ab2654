"""A sysfs of our own, in a folder: as much of it as the kernel's USB core and tty layer show."""

from __future__ import annotations

from pathlib import Path


class UsbTree:
    """Plugs devices into `folder/sys` and `folder/dev`."""

    def __init__(self, folder: Path) -> None:
        self.sys, self.dev = folder / "sys", folder / "dev"
        (self.sys / "bus/usb/devices").mkdir(parents=True)
        (self.sys / "class/tty").mkdir(parents=True)
        self._count = 0

    def plug(
        self,
        path: str,
        ids: tuple[int, int],
        *,
        product: bytes = b"",
        serial: bytes = b"",
        mode: int | None = 0o600,
        device_class: int = 0,
    ) -> Path:
        """A device; the path of its node, which is not there with `mode` None."""
        self._count += 1
        folder = self.sys / "bus/usb/devices" / path
        folder.mkdir()
        numbers = {"busnum": "1", "devnum": str(self._count), "bDeviceClass": f"{device_class:02x}"}
        numbers |= {"idVendor": f"{ids[0]:04x}", "idProduct": f"{ids[1]:04x}"}
        for name, value in numbers.items():
            (folder / name).write_text(f"{value}\n")
        for name, raw in (("product", product), ("serial", serial)):
            if raw:
                (folder / name).write_bytes(raw + b"\n")
        return self._node(f"bus/usb/001/{self._count:03}", mode)

    def interface(
        self, path: str, number: int, klass: tuple[int, int, int], *, driver: str = ""
    ) -> Path:
        """An interface of a device; the folder."""
        folder = self.sys / "bus/usb/devices" / f"{path}:1.{number}"
        folder.mkdir()
        names = ("bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol")
        for name, value in zip(names, klass, strict=True):
            (folder / name).write_text(f"{value:02x}\n")
        (folder / "bInterfaceNumber").write_text(f"{number:02x}\n")
        if driver:
            (folder / "driver").symlink_to(f"../../drivers/{driver}")
        return folder

    def port(self, interface: Path, name: str, mode: int = 0o600) -> Path:
        """A serial port on an interface; the path of its node."""
        (interface / "tty" / name).mkdir(parents=True)
        (self.sys / "class/tty" / name).symlink_to(interface / "tty" / name)
        return self._node(name, mode)

    def _node(self, name: str, mode: int | None) -> Path:
        node = self.dev / name
        if mode is not None:
            node.parent.mkdir(parents=True, exist_ok=True)
            node.touch()
            node.chmod(mode)
        return node
