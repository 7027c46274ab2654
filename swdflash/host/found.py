"""What was found on this machine, as values; finding it is `attached.py`."""

from __future__ import annotations

from dataclasses import dataclass

from swdflash.host.access import Access, NodeFacts
from swdflash.host.holders import Holder


@dataclass(frozen=True)
class FoundProbe:
    """A probe that is plugged in."""

    uid: str  # serial number as pyOCD has it; "" where it cannot be read
    vendor: str  # "" where it cannot be read
    product: str
    description: str
    access: Access = Access.OK
    kind: str = ""  # the name in targets/probes.toml
    usb_path: str = ""  # its socket: 1-1.4; "" where the system does not tell
    node: NodeFacts | None = None
    holders: tuple[Holder, ...] = ()
    engines: tuple[str, ...] = ("pyocd",)
    is_stlink: bool = False

    @property
    def via(self) -> str:
        """The way through this probe, as `--via` takes it; "" where there is none."""
        return f"{self.engines[0]}:{self.uid}" if self.engines and self.uid else ""

    @property
    def via_socket(self) -> str:
        """The same for one of several that share a serial number; "" where none can be named."""
        named = self.is_stlink and self.usb_path and self.via.startswith("pyocd:")
        return f"{self.via}?path={self.usb_path}" if named else ""

    @property
    def obstacle(self) -> str:
        """Why it cannot be opened, in the words of the system; "" where it can."""
        match self.access:
            case Access.OK:
                return ""
            case Access.BUSY:
                return ", ".join(map(str, self.holders)) or "a program of another user"
            case _:
                return str(self.node or self.description)


@dataclass(frozen=True)
class Firmware:
    """What a probe says of its firmware."""

    version: str  # V2J37M26, as ST writes it
    too_old: bool


@dataclass(frozen=True)
class FoundPort:
    """A serial port, or one that would be there if a driver were."""

    name: str  # /dev/ttyACM0, COM3; "" where no driver has made it
    product: str  # of its USB device
    serial: str  # of its USB device: an ST-Link's own port has the probe's
    usb_path: str
    is_probe: bool  # whether that device is a debug probe
    access: Access = Access.OK
    node: NodeFacts | None = None
    holders: tuple[Holder, ...] = ()

    @property
    def via(self) -> str:
        """The way to a ROM bootloader at this port, as `--via` takes it."""
        return f"uart:{self.name}" if self.name else ""


@dataclass(frozen=True)
class FoundDfu:
    """An STM32 whose USB bootloader runs."""

    serial: str
    product: str
    usb_path: str
    access: Access = Access.OK
    node: NodeFacts | None = None
    holders: tuple[Holder, ...] = ()

    @property
    def via(self) -> str:
        """The way to its ROM bootloader, as `--via` takes it."""
        return f"dfu:{self.serial}"


@dataclass(frozen=True)
class Attached:
    """What is plugged in."""

    probes: tuple[FoundProbe, ...] = ()
    ports: tuple[FoundPort, ...] = ()
    dfu: tuple[FoundDfu, ...] = ()

    def shares_serial(self, probe: FoundProbe) -> bool:
        """Whether another probe says the same serial number, as copies do."""
        return bool(probe.uid) and [each.uid for each in self.probes].count(probe.uid) > 1

    def via(self, probe: FoundProbe) -> str:
        """The way through this probe and no other; "" where there is none."""
        return (self.shares_serial(probe) and probe.via_socket) or probe.via

    def via_rom(self, chip: FoundDfu) -> str:
        """The way to this chip's ROM and no other's: some of ST's ROMs share a serial number."""
        serials = [each.serial for each in self.dfu]
        alone = bool(chip.serial) and serials.count(chip.serial) == 1
        return chip.via if alone or not chip.usb_path else f"{chip.via}?path={chip.usb_path}"

    @property
    def usable(self) -> tuple[str, ...]:
        """Probes and chips in DFU mode that can be opened now, by product and socket."""
        probes = [(each.access, each.product, each.usb_path) for each in self.probes]
        chips = [(each.access, each.product, each.usb_path) for each in self.dfu]
        found = [each for each in (*probes, *chips) if each[0] is Access.OK]
        return tuple(f"{product} at USB {path}" for _, product, path in found)

    def ports_of(self, probe: FoundProbe) -> tuple[FoundPort, ...]:
        """The probe's own serial ports: those of the same USB device."""
        here = probe.usb_path
        return tuple(port for port in self.ports if here and port.usb_path == here)
