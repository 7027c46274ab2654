"""The chip's own USB while a program of its ROM, or firmware, makes a DFU device of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    chosen: str | None  # the interface that a host has spoken to; the others are dead then

    @property
    def starts(self) -> int:
        """How often it has begun."""
        ...

    @property
    def listening(self) -> bool:
        """It runs and has finished its start."""
        ...

    @property
    def listens_from_ps(self) -> int:
        """When it has finished, or will."""
        ...


class UsbFunction(Protocol):
    """What a USB socket leads to."""

    @property
    def present(self) -> bool:
        """Whether a host has it on its bus."""
        ...

    @property
    def arrivals(self) -> int:
        """Another number each time that it comes onto the bus."""
        ...

    @property
    def identity(self) -> DfuIdentity:
        """What it calls itself."""
        ...

    @property
    def device(self) -> DfuSe:
        """Its states, from the beginning after each arrival."""
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
        """Whether the host that asks has it on its bus; the ROM stays with USB then (AN2606)."""
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


class OneOf:
    """One socket, and several programs of the chip that would be its device: never two at once."""

    def __init__(self, functions: Sequence[DfuFunction]) -> None:
        self._functions = functions

    @property
    def present(self) -> bool:
        """Whether any of them is on the bus."""
        return any(function.present for function in self._functions)

    @property
    def arrivals(self) -> int:
        """Another number each time that one comes onto the bus."""
        return sum(function.arrivals for function in self._functions)

    @property
    def identity(self) -> DfuIdentity:
        """Of the one that is there."""
        return self._there.identity

    @property
    def device(self) -> DfuSe:
        """Of the one that is there."""
        return self._there.device

    @property
    def _there(self) -> DfuFunction:
        first, *_others = self._functions
        return next((each for each in self._functions if each.present), first)
