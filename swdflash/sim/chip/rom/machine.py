"""The seam between a family's bootloader and the chip that it runs on."""

from __future__ import annotations

from typing import NoReturn, Protocol

from swdflash.sim.bus import Bus, ResetKind
from swdflash.sim.chip.rom.memory import NotAllowed, RomMemory
from swdflash.sim.clock import Clock


class RomStopped(NotAllowed):
    """A reset, or the loss of the supply, came while the ROM was at work: it goes no further."""


class Machine(Protocol):
    """What a ROM's program has of its chip."""

    clock: Clock
    bus: Bus

    def run_until(self, at_ps: int) -> None:
        """Wait: time passes and everything else goes on. Raises `RomStopped`."""
        ...

    def restart(self, kind: ResetKind = ResetKind.SYSTEM) -> NoReturn:
        """A reset, after the last word of the interface in use. Raises `RomStopped`."""
        ...

    def jump(self, stack: int, entry: int) -> None:
        """Leave the ROM for a program."""
        ...


class RomProgram(Protocol):
    """A family's bootloader, apart from its interfaces."""

    memory: RomMemory

    def start(self) -> None:
        """What it does first: clocks, the watchdog's prescaler, the pins (AN2606)."""
        ...

    def refresh(self) -> float:
        """Reload the watchdog; returns the seconds until that is to be done again."""
        ...
