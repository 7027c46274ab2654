"""A board whose only part is a ROM with USB, which a test starts and stops."""

from __future__ import annotations

from dataclasses import dataclass

from swdflash.sim.chip.rom.dfu_commands import Commands
from swdflash.sim.chip.rom.dfu_identity import DfuIdentity
from swdflash.sim.chip.rom.dfuse import DfuSe
from swdflash.sim.chip.rom.usb import DfuFunction
from swdflash.sim.clock import PS_PER_S, Clock
from tests.fakes.rom_memory import PlainRomMemory

NAMES = ("@Internal Flash  /0x08000000/04*016Kg", "@Option Bytes  /0x1FFFC000/01*016 e")
SERIAL = "335D32693431"


@dataclass
class ToyProgram:
    """Runs from the start of time."""

    clock: Clock
    starts: int = 1
    chosen: str | None = None
    listening: bool = True
    listens_from_ps: int = 0


class ToyUsbBoard:
    """`program` is the ROM; it is gone without power, and after a jump."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.memory = PlainRomMemory(self.clock)
        self.program = ToyProgram(self.clock)
        self.usb = DfuFunction(
            self.program,
            lambda: DfuIdentity(SERIAL, NAMES),
            lambda: DfuSe(Commands(self.memory)),
        )
        self.memory.on_reset = self.restart

    def spend(self, seconds: float) -> None:
        then = self.clock.now_ps + round(seconds * PS_PER_S)
        while (due := self.clock.next_alarm_ps()) is not None and due <= then:
            self.clock.now_ps = max(due, self.clock.now_ps)
            self.clock.fire_due()
        self.clock.now_ps = max(then, self.clock.now_ps)

    def restart(self) -> None:
        """A reset, after which the ROM runs again."""
        self.program.starts += 1
        self.program.chosen = None
        self.program.listens_from_ps = self.clock.now_ps

    def power_off(self) -> None:
        self.program.listening = False
