"""The bootloader as a program that the core runs: when it starts, when it ends.

Its code is not ST's: the core stands still at a branch to itself in system memory, and what the ROM
does is done here, in its place and in its time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, Protocol

from swdflash.chips.chip import Chip
from swdflash.sim.bus import Bus, ResetKind
from swdflash.sim.chip.core import Core
from swdflash.sim.chip.peripherals.information_block import ROM_ENTRY, ROM_LOOP
from swdflash.sim.chip.registers import Reg
from swdflash.sim.chip.rom.machine import Machine, RomProgram, RomStopped
from swdflash.sim.chip.rom.memory import RomMemory
from swdflash.sim.clock import PS_PER_S, Alarm, Clock

PS_PER_MS = PS_PER_S // 1000


class RomHost(Protocol):
    """The chip that the ROM is in."""

    chip: Chip
    clock: Clock
    bus: Bus
    core: Core
    powered: bool
    in_reset: bool

    def run_until(self, at_ps: int) -> None:
        """Let time pass."""
        ...

    def reset(self, kind: ResetKind) -> None:
        """Reset the chip."""
        ...


class VirtualRom:
    """Runs whenever the core executes system memory, whoever sent it there; a reset ends it.

    `starts` counts how often it has begun; interfaces put themselves into `on_start` and `on_end`.
    `before_restart` is called between a change of option bytes and the reset that makes it true:
    the place for an interface's last word. `chosen` is the interface that a host has spoken to: the
    ROM stays with the first one.
    """

    def __init__(self, host: RomHost, program: Callable[[Machine], RomProgram]) -> None:
        self.clock, self.bus = host.clock, host.bus
        self.facts = host.chip.rom
        self.starts = 0
        self.chosen: str | None = None
        self.on_start: list[Callable[[], None]] = []
        self.on_end: list[Callable[[], None]] = []
        self.before_restart: Callable[[], None] = lambda: None
        self._host = host
        self._code = host.chip.system_memory
        self._loop = self._code.start + ROM_LOOP
        self._active = False
        self._started_ps = 0
        self._refresh: Alarm | None = None
        self._program = program(self)

    @property
    def memory(self) -> RomMemory:
        """What it can do to its chip."""
        return self._program.memory

    @property
    def running(self) -> bool:
        """The core executes it: not while a debugger has halted the core."""
        host = self._host
        alive = host.powered and not host.in_reset and not host.core.locked_up
        return alive and not host.core.halted and host.core.get(Reg.PC) in self._code

    @property
    def listens_from_ps(self) -> int:
        """When the ROM that runs now has finished its start."""
        return self._started_ps + round(self.facts.starts_ms * PS_PER_MS)

    @property
    def listening(self) -> bool:
        """It runs and has finished its start."""
        return self._active and self.running and self.clock.now_ps >= self.listens_from_ps

    # Noticed by the chip

    def notice(self) -> None:
        """The core is about to run: see whether it is in the ROM, and whether it came just now."""
        core = self._host.core
        if core.halted:
            return
        at = core.get(Reg.PC)
        if self._active and at == self._loop:
            return
        self.end()
        if at in self._code:
            self._start()

    def end(self) -> None:
        """A reset, no supply, or a debugger took the core elsewhere."""
        if not self._active:
            return
        self._active = self._host.core.parked = False
        self.chosen = None
        if self._refresh is not None:
            self._refresh.cancel()
        for action in self.on_end:
            action()

    def _start(self) -> None:
        core = self._host.core
        self.starts += 1
        self._active = core.parked = True
        self._started_ps = self.clock.now_ps
        core.put(Reg.PC, self._loop)
        self._program.start()
        self._refresh_watchdog()
        for action in self.on_start:
            action()

    def _refresh_watchdog(self) -> None:
        wait_s = self._program.refresh() if self.running else 0.001  # halted: nobody refreshes
        at_ps = self.clock.now_ps + round(wait_s * PS_PER_S)
        self._refresh = self.clock.alarm(at_ps, self._refresh_watchdog)

    # What its program may do

    def run_until(self, at_ps: int) -> None:
        """Wait while everything else goes on. Raises `RomStopped`."""
        start = self.starts
        self._host.run_until(at_ps)
        if not self._active or self.starts != start:
            raise RomStopped

    def restart(self, kind: ResetKind = ResetKind.SYSTEM) -> NoReturn:
        """A reset, after the interface's last word. Raises `RomStopped`."""
        self.before_restart()
        self._host.reset(kind)
        raise RomStopped

    def jump(self, stack: int, entry: int) -> None:
        """Leave the ROM: MSP and PC are the program's."""
        self.end()
        core = self._host.core
        core.put(Reg.MSP, stack & ~3)
        core.put(Reg.PC, entry)


def entry_of(chip: Chip) -> int:
    """Address of the ROM's first instruction."""
    return chip.system_memory.start + ROM_ENTRY
