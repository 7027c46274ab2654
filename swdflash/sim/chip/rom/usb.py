"""The chip's own USB while a program of its ROM, or firmware, makes a DFU device of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from swdflash.sim.chip.rom.dfu_identity import DfuIdentity
from swdflash.sim.chip.rom.dfuse import DfuSe
from swdflash.sim.clock import PS_PER_S, Clock

# A host waits 100 ms for the plug to settle, and resets the port for 50 ms (USB 2.0 §7.1.7.3,
# TATTDB and TDRSTR).
ENUMERATION_PS = round(0.15 * PS_PER_S)
BUS = "USB DFU"


class Runs(Protocol):
    """A program that comes and goes, as `VirtualRom` does."""

    clock: Clock
    starts: int  # how often it has begun
    chosen: str | None  # the interface that a host has spoken to; the others are dead then

    @property
    def listening(self) -> bool:
        """It runs and has finished its start."""
        ...

    @property
    def listens_from_ps(self) -> int:
        """When it has finished, or will."""
        ...


class DfuFunction:
    """A DFU device that is on the bus while its program runs; each start of that is a new one."""

    def __init__(
        self, program: Runs, identity: Callable[[], DfuIdentity], make: Callable[[], DfuSe]
    ) -> None:
        self._program = program
        self._identity = identity
        self._make = make
        self._device = make()
        self._start = -1  # of the program, that `_device` belongs to

    @property
    def present(self) -> bool:
        """Whether a host has it on its bus."""
        program = self._program
        if not program.listening or program.chosen not in (None, BUS):
            return False
        if program.clock.now_ps < program.listens_from_ps + ENUMERATION_PS:
            return False
        program.chosen = BUS
        return True

    @property
    def arrivals(self) -> int:
        """Another number each time that it comes onto the bus."""
        return self._program.starts

    @property
    def identity(self) -> DfuIdentity:
        """What it calls itself."""
        return self._identity()

    @property
    def device(self) -> DfuSe:
        """Its states, from the beginning after each start."""
        if self._start != self._program.starts:
            self._device, self._start = self._make(), self._program.starts
        return self._device
