"""Collects the facts of the machine that this runs on."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import libusb_package
import msgspec

from swdflash.chips.probes import probe_with
from swdflash.doctor.facts import Engine, Facts, Trial, WindowsDevice
from swdflash.errors import SwdflashError
from swdflash.host import udev
from swdflash.host.attached import find_attached
from swdflash.host.conflicts import find_conflicts
from swdflash.host.errors import NoUsbLibrary
from swdflash.host.firmware import st_link_firmware
from swdflash.host.found import Attached
from swdflash.host.surroundings import Surroundings, look_around
from swdflash.host.udev import State
from swdflash.links.openocd.process import check_version

ROOT = Path("/")
PATIENCE_S = 20.0
QUARANTINE = "com.apple.quarantine"
ASK_WINDOWS = (
    "Get-CimInstance Win32_PnPEntity | Where-Object DeviceID -like 'USB\\VID_*' |"
    " Select-Object DeviceID, Service | ConvertTo-Json -AsArray"
)

TryOut = Callable[[Attached], Trial | None]


def gather(try_out: TryOut, *, root: Path = ROOT) -> Facts:
    """The facts; `try_out` opens a probe and looks for a chip, where there is one to open."""
    around = look_around(root)
    group = udev.choose_group(root, None) if around.system == "linux" else None
    attached = _attached()
    firmware = st_link_firmware() if attached.probes else {}
    return Facts(
        around=around,
        python=sys.version_info[:2],
        libusb=_libusb(),
        pyocd=Engine(_version_of("pyocd")),
        openocd=_openocd(),
        attached=attached,
        firmware=firmware,
        rules=_rules(root, group),
        group=group,
        conflicts=find_conflicts(root),
        modem_manager=_runs("ModemManager", root),
        windows=tuple(_windows(around)),
        quarantined=tuple(_quarantined(around)),
        trial=try_out(attached),
    )


def _attached() -> Attached:
    try:
        return find_attached()
    except NoUsbLibrary:  # a check of its own tells
        return Attached()


def _libusb() -> str:
    """The library that pyusb would use: the one that comes with libusb-package, or the system's."""
    backend = libusb_package.get_libusb1_backend()
    if backend is None:
        return ""
    library = getattr(backend, "lib", None)
    return str(getattr(library, "_name", "") or "a backend of its own")


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _openocd() -> Engine:
    path = shutil.which("openocd") or "openocd"
    try:
        return Engine(check_version(path), path)
    except SwdflashError as trouble:
        return Engine("", path, trouble.explain())


def _rules(root: Path, group: str | None) -> State:
    try:
        return udev.state(root, group)
    except SwdflashError:
        return State.FOREIGN


def _runs(program: str, root: Path) -> bool:
    """By /proc; a name there is 15 characters at most (proc(5), comm)."""
    wanted = f"{program[:15]}\n"
    return any(_reads(file) == wanted for file in (root / "proc").glob("[0-9]*/comm"))


def _reads(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace")
    except OSError:  # it has ended
        return ""


def _windows(around: Surroundings) -> Iterator[WindowsDevice]:
    if around.system == "win32":
        yield from windows_devices(_output("powershell", "-NoProfile", "-Command", ASK_WINDOWS))


def windows_devices(told: str) -> Iterator[WindowsDevice]:
    r"""Devices of `targets/probes.toml` among what PowerShell told.

    An interface (`USB\VID_0483&PID_374B&MI_00\...`) counts as its device.
    """
    try:
        rows = msgspec.json.decode(told.encode(), type=list[dict[str, str | None]])
    except msgspec.DecodeError:
        return
    for row in rows:
        _, _, name = (row.get("DeviceID") or "").upper().partition("USB\\VID_")
        try:
            vendor, product = int(name[:4], 16), int(name[4:].removeprefix("&PID_")[:4], 16)
        except ValueError:
            continue
        kind = probe_with(vendor, product)
        if kind is not None and kind.kind != "serial":
            yield WindowsDevice(vendor, product, row.get("Service") or "")


def _quarantined(around: Surroundings) -> Iterator[str]:
    if around.system != "darwin":
        return
    for program in filter(None, map(shutil.which, ("openocd", "st-info", "dfu-util"))):
        if QUARANTINE in _output("xattr", program):
            yield program


def _output(*argv: str) -> str:
    """What a program prints; nothing where there is no such program, or it does not end."""
    try:
        ran = subprocess.run(argv, capture_output=True, timeout=PATIENCE_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ran.stdout.decode("utf-8", "replace")
