"""Opens `sim:NAME`: a virtual board powered and booted, within reach of this process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from swdflash.sim.cables.cabling import cables_of
from swdflash.sim.cables.errors import SimExtraMissing
from swdflash.sim.cables.hostside.host import Host
from swdflash.sim.cables.hub import Hub
from swdflash.sim.cables.plug import Plug, PluggableBoard
from swdflash.sim.cables.serial_adapter import SerialAdapter
from swdflash.sim.cables.serial_faults import SerialFaults
from swdflash.sim.cables.serialport.socket import plugged_serial
from swdflash.sim.faults import FaultPlan
from swdflash.sim.store import Store
from swdflash.sim.wiring import SerialTo, Wiring

if TYPE_CHECKING:
    from swdflash.sim.board import VirtualBoard


@dataclass(frozen=True)
class Plugged:
    """A probe that pyusb finds now, and the other cables of its board.

    `cables` are the places that lead to the ROM bootloader, by method; `wired` are ways to it that
    can bring the chip there by themselves, as they are written after `--rom`.
    """

    uid: str  # the probe's serial as tools show it
    now: Callable[[], float]  # the board's time in seconds
    plug: Plug  # the cable, for tests that pull it
    sleep: Callable[[float], None] = time.sleep
    cables: Mapping[str, str] = field(default_factory=dict)
    wired: tuple[str, ...] = ()


@contextmanager
def plug_in(name: str) -> Iterator[Plugged]:
    """The board `name` from the store, booted, with what `SWDFLASH_SIM_FAULT` says going wrong.

    Raises `SimExtraMissing`, `FaultPlanUnreadable` and what the store raises.
    """
    faults = FaultPlan.from_environment()
    with booted(name) as board, every_cable(name, board, faults) as found:
        yield found


@contextmanager
def every_cable(name: str, board: VirtualBoard, faults: FaultPlan) -> Iterator[Plugged]:
    """A board that is powered already, all of its cables within reach of this process."""
    probe = Plug(board, faults)
    hub = Hub(cables_of(board, faults, probe))
    with Host(hub), plugged_serial(name, SerialAdapter(board)) as port:
        usb = {"dfu": board.usb.identity.serial} if board.usb else {}
        yield Plugged(
            probe.uid,
            hub.now,
            probe,
            sleep=board.spend,
            cables={"uart": port, **usb},
            wired=tuple(wired_ways(name, board.wiring)),
        )


def wired_ways(name: str, wiring: Wiring) -> Iterator[str]:
    """`uart:sim:NAME?boot0=rts&nrst=dtr`, where BOOT0 and NRST are on modem lines."""
    lines = {"boot0": wiring.serial_boot0, "nrst": wiring.serial_nrst}
    if wiring.serial_to is SerialTo.CHIP and None not in lines.values():
        options = [f"{pin}={str(line).lstrip('!')}" for pin, line in lines.items()]
        inverted = [pin for pin, line in lines.items() if str(line).startswith("!")]
        options += [f"invert={','.join(inverted)}"] if inverted else []
        yield f"uart:sim:{name}?{'&'.join(options)}"


@dataclass(frozen=True)
class PluggedUsb:
    """A board whose own USB pyusb finds, when there is a program in the chip to answer."""

    place: str  # the serial number that its ROM gives; "" for a board that has no USB
    now: Callable[[], float]  # the board's time in seconds
    sleep: Callable[[float], None]
    board: VirtualBoard  # for tests


@contextmanager
def plug_in_usb(name: str) -> Iterator[PluggedUsb]:
    """The board `name` from the store, booted, with a USB cable in its own socket.

    What `SWDFLASH_SIM_FAULT` says goes wrong. Raises `SimExtraMissing`, `FaultPlanUnreadable` and
    what the store raises.
    """
    faults = FaultPlan.from_environment()
    with booted(name) as board:
        hub = Hub(cables_of(board, faults))
        with Host(hub):
            place = board.usb.identity.serial if board.usb else ""
            yield PluggedUsb(place, hub.now, lambda s: hub.wait_until(hub.now() + s), board)


@dataclass(frozen=True)
class PluggedSerial:
    """A serial adapter that pyserial opens now, by `place`. Time is the board's."""

    place: str
    adapter: SerialAdapter  # for tests that pull it
    board: VirtualBoard

    def now(self) -> float:
        """Seconds on the board."""
        return self.board.clock.now

    def sleep(self, seconds: float) -> None:
        """Let time pass on the board."""
        self.board.spend(seconds)


@contextmanager
def plug_in_serial(name: str) -> Iterator[PluggedSerial]:
    """The board `name` from the store, booted, with a serial adapter at its USART.

    What `SWDFLASH_SIM_FAULT` says goes wrong, by bytes. Raises `SimExtraMissing`,
    `FaultPlanUnreadable` and what the store raises.
    """
    faults = SerialFaults(FaultPlan.from_environment())
    with booted(name) as board:
        adapter = SerialAdapter(board, faults)
        with plugged_serial(name, adapter) as place:
            yield PluggedSerial(place, adapter, board)


@contextmanager
def booted(name: str) -> Iterator[VirtualBoard]:
    """The board `name` from the store, powered, its firmware running; off when the context ends.

    Raises `SimExtraMissing` and what the store raises.
    """
    try:
        from swdflash.sim.board import VirtualBoard  # noqa: PLC0415  (needs the extra `sim`)
    except ImportError as missing:
        raise SimExtraMissing(name, missing.name or "unicorn") from missing
    with Store().open(name) as kept:
        board = VirtualBoard.of(kept)
        board.boot()
        try:
            yield board
        finally:
            board.power_off()


@contextmanager
def plugged(board: PluggableBoard, faults: FaultPlan) -> Iterator[Plugged]:
    """A board that is powered already, within reach of this process until the context ends."""
    plug = Plug(board, faults)
    hub = Hub([plug])
    with Host(hub):
        yield Plugged(plug.uid, hub.now, plug)
