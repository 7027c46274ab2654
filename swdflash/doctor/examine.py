"""Which checks are made where."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from swdflash.doctor import devices, linux, macos, software, windows
from swdflash.doctor.facts import Facts
from swdflash.doctor.finding import Finding

Check = Callable[[Facts], Iterator[Finding]]

SOFTWARE: tuple[Check, ...] = (software.python, software.libusb, software.pyocd, software.openocd)
DEVICES: tuple[Check, ...] = (
    devices.probes,
    devices.copies,
    devices.firmware,
    devices.ports,
    devices.dfu,
    devices.trial,
)
OF_SYSTEM: dict[str, tuple[Check, ...]] = {
    "linux": (
        linux.rules,
        linux.conflicts,
        linux.groups,
        linux.modem_manager,
        linux.surroundings,
    ),
    "darwin": (macos.quarantine,),
    "win32": (windows.drivers,),
}


def examine(facts: Facts) -> tuple[Finding, ...]:
    """Every finding, in the order of the report."""
    checks = (*SOFTWARE, *OF_SYSTEM.get(facts.around.system, ()), *DEVICES)
    return tuple(finding for check in checks for finding in check(facts))
