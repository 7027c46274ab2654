"""A virtual ST-Link on a board that is a kilobyte of RAM and Arm's halting registers.

The probe, its USB and its SWD are the virtual board's; the chip is only as much as a link needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from unittest import mock

import libusb_package

from swdflash.memory import Span
from swdflash.sim.adiv5.signal import Signal
from swdflash.sim.bus import Bus, Master, ResetKind
from swdflash.sim.cables.hostside.pyusb_backend import Backend
from swdflash.sim.cables.hub import Hub
from swdflash.sim.cables.plug import Plug
from swdflash.sim.clock import PS_PER_S, Clock
from swdflash.sim.faults import NO_FAULTS, FaultPlan

RAM = Span(0x2000_0000, 16 * 1024)
DPIDR = 0x1BA0_1477
SERIAL = "066DFF535554877567133421"
OTHER_SERIAL = "066DFF535554877567139999"


SAME = {17: 13}  # REGSEL of MSP and SP: one register while CONTROL.SPSEL is 0


class Ram:
    span = RAM

    def __init__(self) -> None:
        self.data = bytearray(RAM.size)
        self.accesses: list[tuple[str, int, int]] = []

    def read(self, offset: int, size: int, master: Master) -> int:
        self.accesses.append(("r", offset, size))
        return int.from_bytes(self.data[offset : offset + size], "little")

    def write(self, offset: int, size: int, value: int, master: Master) -> None:
        self.accesses.append(("w", offset, size))
        self.data[offset : offset + size] = value.to_bytes(size, "little")

    def reset(self, kind: ResetKind) -> None:
        """RAM keeps what it has."""


class ControlSpace:
    """DHCSR to DEMCR and AIRCR (DDI 0403E C1.6, B3.2.6); the core itself does nothing."""

    span = Span(0xE000_ED00, 0x100)

    def __init__(self) -> None:
        self.core = [0] * 21
        self.demcr = 0
        self.dhcsr = 0
        self.was_reset = False
        self.stubborn = False  # never halts
        self.writes: list[tuple[int, int]] = []

    def read(self, offset: int, size: int, master: Master) -> int:
        if offset == 0xF0:
            status = self.dhcsr & 0xF | 1 << 16 | (self.halted << 17) | (self.was_reset << 25)
            self.was_reset = False
            return status
        return {0xF4: 0, 0xF8: self.data, 0xFC: self.demcr}[offset]

    data = 0

    @property
    def halted(self) -> bool:
        return bool(self.dhcsr & 2) and not self.stubborn

    def write(self, offset: int, size: int, value: int, master: Master) -> None:
        self.writes.append((offset, value))
        if offset == 0xF0 and value >> 16 == 0xA05F:
            self.dhcsr = value & 0xF
            if value & 4:  # C_STEP: one instruction, and halted again
                self.core[15] += 2
                self.dhcsr |= 2
        elif offset == 0xF4 and value & 1 << 16:
            self.core[SAME.get(value & 0x1F, value & 0x1F)] = self.data
        elif offset == 0xF4:
            self.data = self.core[SAME.get(value & 0x1F, value & 0x1F)]
        elif offset == 0xF8:
            self.data = value
        elif offset == 0xFC:
            self.demcr = value
        elif offset == 0x0C and value == 0x05FA_0004:
            self.reset(ResetKind.SYSTEM)

    def reset(self, kind: ResetKind) -> None:
        self.was_reset = True
        if self.demcr & 1 and self.dhcsr & 1:
            self.dhcsr |= 2
        else:
            self.dhcsr &= ~2


class RamChip:
    dpidr = DPIDR

    def __init__(self) -> None:
        self.ram = Ram()
        self.control = ControlSpace()
        self.bus = Bus()
        self.bus.attach(self.ram)
        self.bus.attach(self.control)
        self.swd_alive = True
        self.power_ups = 1

    def when_clocked(self, action: Callable[[], None]) -> None:
        action()


@dataclass
class Wires:
    probe: str = "v2-1"
    serial: str = SERIAL
    nrst_wired: bool = True
    vtarget: float = 3.3


@dataclass
class RamBoard:
    wiring: Wires = field(default_factory=Wires)
    chip: RamChip = field(default_factory=RamChip)
    clock: Clock = field(default_factory=Clock)
    signal: Signal = field(default_factory=Signal)
    powered: bool = True
    nrst_low: bool = False

    def spend(self, seconds: float) -> None:
        self.clock.now_ps += round(seconds * PS_PER_S)

    def power_off(self) -> None:
        self.powered = False
        self.wiring.vtarget = 0.0

    def drive_nrst(self, low: bool) -> None:
        if self.nrst_low and not low:
            self.chip.control.reset(ResetKind.NRST)
        self.nrst_low = low


@dataclass
class Socket:
    """The USB socket, with what is plugged in."""

    plugs: list[Plug]

    @property
    def board(self) -> RamBoard:
        board = self.plugs[0].board
        assert isinstance(board, RamBoard)
        return board

    @property
    def transfers(self) -> int:
        return self.plugs[0].transfers


@contextmanager
def plugged_in(*boards: RamBoard, faults: FaultPlan = NO_FAULTS) -> Iterator[Socket]:
    """Put the boards' probes in the place of this machine's USB."""
    plugs = [Plug(board, faults) for board in boards]
    backend = Backend(Hub(plugs))
    with mock.patch.object(libusb_package, "get_libusb1_backend", return_value=backend):
        yield Socket(plugs)
