"""A board with RAM and a core that only halts: enough for a probe to find something."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from swdflash.memory import Span
from swdflash.sim.adiv5.signal import Signal
from swdflash.sim.bus import Bus, Master, ResetKind
from swdflash.sim.chip.rom.usb import UsbFunction
from swdflash.sim.clock import PS_PER_S, Clock

SRAM = Span(0x2000_0000, 20 * 1024)
SERIAL = "066DFF535051717867112233"


class Ram:
    """Bytes on the bus."""

    def __init__(self, span: Span) -> None:
        self.span = span
        self.data = bytearray(span.size)

    def read(self, offset: int, size: int, master: Master) -> int:
        return int.from_bytes(self.data[offset : offset + size], "little")

    def write(self, offset: int, size: int, value: int, master: Master) -> None:
        self.data[offset : offset + size] = value.to_bytes(size, "little")

    def reset(self, kind: ResetKind) -> None:
        return


class DebugStub(Ram):
    """DHCSR, DCRSR and DCRDR; all other words of the private bus are plain storage."""

    def __init__(self) -> None:
        super().__init__(Span(0xE000_0000, 0x10_0000))
        self.halted = False
        self.core = [0] * 128

    def read(self, offset: int, size: int, master: Master) -> int:
        if offset == 0xEDF0:
            return self.halted << 17 | 1 << 16 | super().read(offset, size, master) & 0xF
        return super().read(offset, size, master)

    def write(self, offset: int, size: int, value: int, master: Master) -> None:
        super().write(offset, size, value, master)
        if offset == 0xEDF0:
            self.halted = value & 3 == 3
        elif offset == 0xEDF4:
            if value & 1 << 16:
                self.core[value & 127] = super().read(0xEDF8, 4, master)
            else:
                super().write(0xEDF8, 4, self.core[value & 127], master)


@dataclass
class ToyWiring:
    probe: str = "st-link-v2"
    serial: str = SERIAL
    nrst_wired: bool = True
    vtarget: float = 3.3


@dataclass
class ToyChip:
    bus: Bus = field(default_factory=Bus)
    dpidr: int = 0x1BA0_1477
    swd_alive: bool = True
    power_ups: int = 1

    def when_clocked(self, action: Callable[[], None]) -> None:
        action()


@dataclass
class ToyBoard:
    wiring: ToyWiring = field(default_factory=ToyWiring)
    chip: ToyChip = field(default_factory=ToyChip)
    clock: Clock = field(default_factory=Clock)
    signal: Signal = field(default_factory=Signal)
    powered: bool = True
    usb: UsbFunction | None = None
    nrst_low: bool = False
    ram: Ram = field(default_factory=lambda: Ram(SRAM))
    debug: DebugStub = field(default_factory=DebugStub)
    idcode: Ram = field(default_factory=lambda: Ram(Span(0x4002_0000, 64)))

    def __post_init__(self) -> None:
        for device in (self.ram, self.debug, self.idcode):
            self.chip.bus.attach(device)
        for at, words in rom_table().items():
            self.debug.data[at : at + len(words)] = words

    def spend(self, seconds: float) -> None:
        self.clock.now_ps += round(seconds * PS_PER_S)

    def power_off(self) -> None:
        self.powered = False

    def drive_nrst(self, low: bool) -> None:
        self.nrst_low = low


def rom_table() -> dict[int, bytes]:
    """The ST ROM table, and the SCS that it points at (DDI 0337 §3.1, DDI 0403 §B3.2.3)."""

    def ids(peripheral: int, component: int) -> bytes:
        pidr = [peripheral >> 8 * n & 0xFF for n in (4, 5, 6, 7, 0, 1, 2, 3)]
        cidr = [component >> 8 * n & 0xFF for n in range(4)]
        return b"".join(byte.to_bytes(4, "little") for byte in (*pidr, *cidr))

    return {
        0xFF000: (0xFFF0_F003).to_bytes(4, "little"),
        0xFFFD0: ids(0x00_000A_0410, 0xB105_100D),
        0xEFD0: ids(0x04_000B_B000, 0xB105_E00D),
        0xED00: (0x411F_C231).to_bytes(4, "little"),
        0xE0042000 - 0xE0000000: (0x2003_6410).to_bytes(4, "little"),
    }
