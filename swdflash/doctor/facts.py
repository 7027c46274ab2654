"""What is known of a machine: values only, so that any machine can be made up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from swdflash.errors import Explanation
from swdflash.host.conflicts import Conflict
from swdflash.host.found import Attached, Firmware
from swdflash.host.surroundings import Surroundings
from swdflash.host.udev import State


@dataclass(frozen=True)
class Engine:
    """A program that drives probes, as found; `trouble` says why it cannot be used."""

    version: str = ""
    path: str = ""
    trouble: Explanation | None = None


@dataclass(frozen=True)
class Trial:
    """What came of opening the probe and looking for a chip."""

    via: str
    chip: str = ""
    trouble: Explanation | None = None


@dataclass(frozen=True)
class WindowsDevice:
    """A device of `targets/probes.toml` and the driver that Windows gave it."""

    vendor: int
    product: int
    driver: str  # WinUSB, STTub30, libusbK …; "" where it has none


@dataclass(frozen=True)
class Facts:
    """A whole machine."""

    around: Surroundings
    python: tuple[int, int]
    libusb: str  # the library that was loaded; "" where none was found
    pyocd: Engine
    openocd: Engine
    attached: Attached
    firmware: Mapping[str, Firmware] = field(default_factory=dict)
    rules: State = State.ABSENT
    group: str | None = None  # that the rules name
    conflicts: tuple[Conflict, ...] = ()
    modem_manager: bool = False  # runs
    windows: tuple[WindowsDevice, ...] = ()
    quarantined: tuple[str, ...] = ()  # programs that macOS holds back
    trial: Trial | None = None  # None where nothing was there to try
