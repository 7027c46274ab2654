"""Ways in that need no SWD: the bootloader in system memory, by UART (AN3155) or USB (AN3156)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from swdflash.links.errors import LinkError
from swdflash.recovery.bench import Bench, RomWay
from swdflash.recovery.finding import Cause
from swdflash.recovery.hand import Act
from swdflash.recovery.rung import Missed, Needs, ReachedRom
from swdflash.recovery.rungs.by_hand import BACK_TO_FLASH, PATIENCE_S, hand_of

CURES = frozenset(
    {
        Cause.SWD_PINS_REMAPPED,
        Cause.LOW_POWER,
        Cause.RESET_LOOP,
        Cause.NO_ANSWER,
        Cause.BOOTS_ELSEWHERE,
    }
)
BOOT0_BY_HAND = "move the BOOT0 jumper to 1, press RESET once, "
SERIAL_ADAPTER = (
    "connect a serial adapter (its TX to the chip's USART1 RX, PA10 on most; its RX to PA9; GND) "
    "and run `swdflash recover --rom uart:PORT`; `swdflash targets NAME` shows the pins"
)
USB_CABLE = (
    "plug the USB socket that leads to the chip into this computer and run "
    "`swdflash recover --rom dfu:`, on a chip whose ROM has USB; `swdflash targets NAME` shows it"
)


@dataclass(frozen=True)
class Bus:
    """What the ROM is talked to over."""

    method: str
    need: Needs
    what: str
    told: str


UART = Bus("uart", Needs.UART, "its UART", SERIAL_ADAPTER)
DFU = Bus("dfu", Needs.DFU, "USB DFU", USB_CABLE)


@dataclass(frozen=True)
class InRom:
    """RTS and DTR put BOOT0 high and pulse NRST where they are wired; else the ROM runs already."""

    bus: Bus
    risks = "resets the chip where lines are wired: the ROM runs in its firmware's place"
    told = ""
    cures = CURES

    @property
    def name(self) -> str:
        """`rom-uart` or `rom-dfu`."""
        return f"rom-{self.bus.method}"

    @property
    def needs(self) -> Needs:
        """A way that was named."""
        return self.bus.need

    def climb(self, bench: Bench) -> ReachedRom | Missed:
        """Try the ways there are."""
        return _first_that_answers(bench, self.bus, timeout_s=0.0)


@dataclass(frozen=True)
class InRomByHand:
    """The same where BOOT0 is a jumper and NRST a button."""

    bus: Bus
    risks = "resets the chip: the ROM runs in its firmware's place"
    cures = CURES

    @property
    def name(self) -> str:
        """`rom-uart-by-hand` or `rom-dfu-by-hand`."""
        return f"rom-{self.bus.method}-by-hand"

    @property
    def needs(self) -> Needs:
        """A way that was named, and a hand."""
        return self.bus.need | Needs.HAND

    @property
    def told(self) -> str:
        """The whole of it."""
        return BOOT0_BY_HAND + self.bus.told

    def climb(self, bench: Bench) -> ReachedRom | Missed:
        """Ask for the jumper and a reset."""
        hand = hand_of(bench)
        bench.close()
        hand.do(Act.BOOT0_HIGH)
        hand.do(Act.RESET)
        outcome = _first_that_answers(bench, self.bus, timeout_s=PATIENCE_S)
        if isinstance(outcome, ReachedRom):
            return replace(outcome, undo=BACK_TO_FLASH)
        for act in BACK_TO_FLASH:
            hand.do(act)
        return outcome


def _first_that_answers(bench: Bench, bus: Bus, *, timeout_s: float) -> ReachedRom | Missed:
    seen = []
    for way in bench.roms:
        if way.method != bus.method:
            continue
        try:
            link = bench.open_rom(way, timeout_s)
        except LinkError as silence:
            seen.append(f"{way.name}: {silence}")
        else:
            return ReachedRom(link, _why(way, bus))
    return Missed("; ".join(seen))


def _why(way: RomWay, bus: Bus) -> str:
    lines = " (BOOT0 and NRST by modem lines)" if way.wired else ""
    return f"the ROM bootloader answers over {bus.what}{lines}"
