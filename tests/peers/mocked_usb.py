"""Devices for a mocked machine, and a way to run programs on it."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

SERVER = Path(__file__).with_name("usb_machine.py")
VENDOR_SPECIFIC, CDC, CDC_DATA, DFU, HID = (
    (255, 255, 255),
    (2, 2, 1),
    (10, 0, 0),
    (254, 1, 2),
    (3, 0, 0),
)
V21_SERIAL = "066DFF535554877567133421"


@dataclass
class Interface:
    """One interface; `port` is the tty behind it."""

    klass: tuple[int, int, int]
    driver: str = ""
    name: bytes = b""
    port: str = ""
    port_mode: int = 0o660
    hidraw: str = ""
    endpoints: tuple[int, ...] = (0x81, 0x01)


@dataclass
class Device:
    """A USB device; `mode` of its node, None where there is no node.

    `held`: another program of the same user has the node and its ports open.
    `comes_and_goes`: it is plugged in once the program has said a line, pulled out after the next,
    and the program gets Ctrl-C after the third.
    """

    vendor: int
    product: int
    name: bytes = b""
    serial: bytes = b""
    manufacturer: bytes = b"STMicroelectronics"
    interfaces: list[Interface] = field(default_factory=lambda: [Interface(VENDOR_SPECIFIC)])
    mode: int | None = 0o664
    path: str = "1-1"
    held: bool = False
    comes_and_goes: bool = False


def vcp(port: str, port_mode: int = 0o660) -> list[Interface]:
    """A virtual serial port, as the kernel's cdc_acm has it."""
    return [
        Interface(CDC, "cdc_acm", port=port, port_mode=port_mode, endpoints=(0x82,)),
        Interface(CDC_DATA, "cdc_acm", endpoints=(0x83, 0x03)),
    ]


def st_link_v2(**how: Any) -> Device:
    """Its serial is twelve bytes as they are, three of them told here."""
    raw = "Wÿp\x06IuPS\x11#Q\x87".encode()
    return Device(0x0483, 0x3748, b"STM32 STLink", raw, **how)


def st_link_v21(port: str = "ttyACM0", port_mode: int = 0o660, **how: Any) -> Device:
    interfaces = [Interface(VENDOR_SPECIFIC, name=b"ST-Link Debug"), *vcp(port, port_mode)]
    return Device(
        0x0483,
        0x374B,
        b"STM32 STLink",
        V21_SERIAL.encode(),
        interfaces=interfaces,
        **how,
    )


def st_link_v3(**how: Any) -> Device:
    return Device(0x0483, 0x374F, b"STLINK-V3", b"003A00313438510234313939", **how)


def cmsis_dap(**how: Any) -> Device:
    """Not in any table: it is known by what it calls itself."""
    interfaces = [Interface(VENDOR_SPECIFIC, name=b"Someone's CMSIS-DAP v2")]
    return Device(
        0xCAFE, 0x4001, b"Someone's CMSIS-DAP", b"E6614103", b"Someone", interfaces, **how
    )


def dfu(**how: Any) -> Device:
    interfaces = [Interface(DFU, name=b"@Internal Flash  /0x08000000/128*0001Kg", endpoints=())]
    return Device(
        0x0483, 0xDF11, b"STM32  BOOTLOADER", b"357834593436", interfaces=interfaces, **how
    )


def keyboard(**how: Any) -> Device:
    interfaces = [Interface((3, 1, 1), "usbhid", endpoints=(0x81,))]
    return Device(0x046D, 0xC31C, b"USB Keyboard", b"", b"Logitech", interfaces, **how)


@dataclass(frozen=True)
class Ran:
    """How a program ended."""

    exit: int
    out: str
    err: str


def lock_file() -> Path:
    """One for each user: another's could not be opened."""
    return Path(tempfile.gettempdir()) / f"swdflash-mocked-usb-{os.geteuid()}.lock"


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """No other machine meanwhile: /proc shows to all of them who holds a node of one."""
    with lock_file().open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run_on(folder: Path, devices: list[Device], *argv: str, unprivileged: bool = True) -> Ran:
    """Run a program on a machine with these devices, as nobody unless told otherwise."""
    file = folder / "machine.json"
    described = [_described(device, f"1-{number}") for number, device in enumerate(devices, 1)]
    file.write_text(json.dumps({"devices": described, "unprivileged": unprivileged}))
    environment = {
        **os.environ,
        "HOME": str(folder),
        "SWDFLASH_STATE_DIR": str(folder / "state"),
        "COLUMNS": "200",
    }
    with one_at_a_time():
        done = subprocess.run(
            ["umockdev-wrapper", "/usr/bin/python3", str(SERVER), str(file), *argv],
            env=environment,
            cwd="/",
            capture_output=True,
            check=False,
            timeout=60,
        )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode("utf-8", "replace"))


def _described(device: Device, path: str) -> dict[str, object]:
    plain = asdict(device)
    for each in plain["interfaces"]:
        each["class"] = each.pop("klass")
        each["name"] = each["name"].hex()
    texts = {key: plain[key].hex() for key in ("name", "serial", "manufacturer")}
    return {**plain, **texts, "path": path}
