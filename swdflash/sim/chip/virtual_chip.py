"""A virtual STM32: its core, what is around it, and what resets and sleeps do to both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from swdflash.chips.chip import Chip
from swdflash.chips.data import family_of, find_device
from swdflash.memory import Span
from swdflash.sim.adiv5.debug import attach_debug
from swdflash.sim.bus import BusFault, Master, ResetKind
from swdflash.sim.chip.boot_alias import BootAlias, BootSource
from swdflash.sim.chip.core import Core
from swdflash.sim.chip.core_model import MODELS
from swdflash.sim.chip.f0 import F0
from swdflash.sim.chip.f1 import F1
from swdflash.sim.chip.f4 import F4
from swdflash.sim.chip.memory import Memory, Ram
from swdflash.sim.chip.nonvolatile import NonVolatile
from swdflash.sim.chip.peripherals.rcc import HSI_HZ
from swdflash.sim.chip.peripherals.registers import Log
from swdflash.sim.chip.peripherals.reserved import Reserved
from swdflash.sim.chip.periphery import Periphery
from swdflash.sim.chip.power_mode import PowerMode
from swdflash.sim.chip.registers import Reg
from swdflash.sim.chip.rom.virtual_rom import VirtualRom
from swdflash.sim.clock import Clock

# MPU_TYPE and its like read 0: there is no MPU (DDI 0403 §B3.2.1, §B3.5.1)
SYSTEM_CONTROL_SPACE = Span(0xE000_E000, 0x1000)


@dataclass(frozen=True)
class SwdLost:
    """When and by which instruction firmware took SWD away."""

    at_s: float
    cause_pc: int
    cause_register: str


# The assembly of each family.
PERIPHERIES: dict[str, Callable[..., Periphery]] = {"STM32F0": F0, "STM32F1": F1, "STM32F4": F4}


class VirtualChip:
    """The whole chip. `boot0` and `boot1` are sampled at every reset.

    `power_ups` counts how often the digital part, and with it the debug port, got its supply.
    """

    def __init__(
        self,
        chip: Chip,
        nonvolatile: NonVolatile,
        clock: Clock,
        log: Log,
        *,
        hse_hz: int | None = HSI_HZ,
        seed: int = 0,
    ) -> None:
        self.chip = chip
        self.clock = clock
        assembly = PERIPHERIES[chip.family]
        self.periphery: Periphery = assembly(
            chip, newest_rev_id(chip), nonvolatile, clock, log, hse_hz=hse_hz, seed=seed
        )
        self.bus = self.periphery.bus
        family = family_of(chip)
        self.dpidr = family.dpidr
        self.core = Core(
            self.bus,
            clock,
            lambda: self.periphery.hclk_hz,
            irqs=self.periphery.irqs,
            cpuid=family.cpuid,
            model=MODELS[chip.core],
        )
        self.core.systick.calibration = self.periphery.systick_calibration
        attach_debug(self.bus, self.core, chip.dev_id)
        self.core.set_wait_states(lambda: self.periphery.wait_states)
        self.bus.attach(Reserved(SYSTEM_CONTROL_SPACE))
        self.boot0 = self.boot1 = 0
        self.boot_source = BootSource.FLASH
        self.in_reset = False
        self.powered = False
        self.power_ups = 0
        self.swd_lost: SwdLost | None = None
        self._slept_in = PowerMode.RUN  # the mode that the core went to sleep in
        self._waiting_for_hclk: list[Callable[[], None]] = []
        self._alias = BootAlias(self.periphery.flash)
        self.bus.attach(self._alias)
        self._mapped: set[int] = set()
        for memory in self.periphery.memories:
            self._map(memory, memory.span.start)
        self._map(self.periphery.flash, 0)
        self._connect()
        self.rom = VirtualRom(self, self.periphery.rom_program)

    def _map(self, memory: Memory, at: int) -> None:
        self.core.map_memory(memory, at, stores_through=not isinstance(memory, Ram))
        self._mapped.add(at)

    def _unmap(self, at: int) -> None:
        if at in self._mapped:
            self.core.unmap(at)
            self._mapped.remove(at)

    def _connect(self) -> None:
        periphery, core = self.periphery, self.core
        core.on_reset_request = lambda: self.reset(ResetKind.SYSTEM)
        core.on_sleep = self._fell_asleep
        core.on_wake = self._woke
        periphery.on_reset = lambda kind: core.between_instructions(lambda: self.reset(kind))
        periphery.on_wakeup = self._wakeup_event
        periphery.on_swd_lost = lambda name, at: self._swd_went(name, core.writer_of(at))
        periphery.on_remap = lambda source: core.between_instructions(lambda: self._show(source))
        periphery.core_halted = lambda: core.halted
        periphery.flash.debugged = self._bars_from_flash
        periphery.stall_by(self._wait)
        periphery.wire(core)

    @property
    def f1(self) -> F1:
        """What is around the core of an STM32F1."""
        assert isinstance(self.periphery, F1)
        return self.periphery

    # What can be asked

    @property
    def power_mode(self) -> PowerMode:
        """What the chip is in now."""
        if not self.powered:
            return PowerMode.OFF
        if self.core.deep_sleep and not self.in_reset:
            return PowerMode.STANDBY if self.periphery.standby else PowerMode.STOP
        return PowerMode.SLEEP if self.core.sleeping else PowerMode.RUN

    @property
    def swd_alive(self) -> bool:
        """Whether the debug port answers on the pins."""
        mode = self.power_mode
        if mode is PowerMode.OFF or not self.periphery.swd_pins:
            return False
        if mode in (PowerMode.STOP, PowerMode.STANDBY):
            return self.hclk_on  # "the debug connection is lost" otherwise (RM0008 §5.3.5)
        return True

    @property
    def hclk_on(self) -> bool:
        """Whether the bus has its clock: without it, an AP access does not end (§31.16.3)."""
        if not self.core.sleeping or self.in_reset:
            return True
        return self.periphery.keeps_hclk(self.power_mode)

    def when_clocked(self, action: Callable[[], None]) -> None:
        """Do it now, or as soon as HCLK runs again."""
        if self.hclk_on:
            action()
        else:
            self._waiting_for_hclk.append(action)

    # Power, reset, time

    def power_on(self) -> None:
        """Supply comes up; a power-on reset follows."""
        self.powered = True
        self.power_ups += 1
        self.core.halting.held_in_reset = self.in_reset
        self.reset(ResetKind.POWER_ON)

    def power_off(self) -> None:
        """Supply goes; what flash was doing stops half-way."""
        self.powered = False
        self.core.halting.held_in_reset = True
        self.swd_lost = None
        self._waiting_for_hclk.clear()
        self.rom.end()
        self.periphery.lose_power()

    def reset(self, kind: ResetKind) -> None:
        """Reset everything that this kind resets, sample the boot pins, start the core."""
        kind = self._reset_around_the_core(kind)
        self._boot_from(self.periphery.boot_source(self.boot0, self.boot1))
        self.core.reset(kind)
        self.core.between_instructions(self.rom.notice)
        self._clock_runs()

    def _reset_around_the_core(self, cause: ResetKind) -> ResetKind:
        """Returns the kind of reset that it is: any that ends Standby is one of the supply."""
        ends_standby = cause is not ResetKind.POWER_ON and self.power_mode is PowerMode.STANDBY
        unsupplied = ends_standby and not self.hclk_on
        kind = ResetKind.STANDBY if unsupplied else cause
        self.swd_lost = None
        self.rom.end()
        self.periphery.set_clocked(True)
        self.periphery.reset(kind)
        if ends_standby:
            self.periphery.left_standby(cause, unsupplied=unsupplied)
        self.power_ups += unsupplied
        return kind

    def hold_in_reset(self) -> None:
        """NRST goes low: peripherals are reset, the core stands still, the debug port answers."""
        if self.powered and self._reset_around_the_core(ResetKind.NRST).of_supply:
            self.core.halting.clear()
        self.in_reset = self.core.halting.held_in_reset = True
        self.core.halting.was_reset = True
        self.core.halting.halted = False
        self._clock_runs()

    def release_reset(self) -> None:
        """NRST goes high: the boot pins count as they are now."""
        self.in_reset = self.core.halting.held_in_reset = False
        if self.powered:
            self.reset(ResetKind.NRST)

    def run_until(self, at_ps: int) -> None:
        """Let time pass: the core runs where it may, alarms fire."""
        while self.clock.now_ps < at_ps:
            if self.powered and not self.in_reset:
                self._bar_flash_if_protected()
                self.rom.notice()
                self.core.run_until(at_ps)
            else:
                due = self.clock.next_alarm_ps()
                self.clock.now_ps = at_ps if due is None else min(due, at_ps)
                self.clock.fire_due()

    def _wait(self, at_ps: int, master: Master) -> None:
        if master is Master.DEBUG:
            self.run_until(at_ps)  # the core does not wait for the debugger's access
        else:
            self.clock.now_ps = max(self.clock.now_ps, at_ps)

    # Boot and sleep

    def _boot_from(self, source: BootSource) -> None:
        self.boot_source = source
        self._show(source)

    def _show(self, source: BootSource) -> None:
        """Put a memory at address 0."""
        memory = self.periphery.memory_of(source)
        self._unmap(0)
        self._alias.point_at(memory)
        self._map(memory, 0)
        self._bar_flash_if_protected()

    def _bar_flash_if_protected(self) -> None:
        """Code meets a bus error in flash that it may not read (PM0075 §2.4.1)."""
        flash = self.periphery.flash
        aliases = [flash.span.start] + [0] * (self._alias.memory is flash)
        barred = flash.read_protected(Master.CORE)
        for at in aliases:
            if barred:
                self._unmap(at)
            elif at not in self._mapped:
                self._map(flash, at)

    def _bars_from_flash(self) -> bool:
        """Read protection bars code that a debugger has hold of, or that SRAM was booted for."""
        return self.core.halting.enabled or self.boot_source in self.periphery.barred

    def _fell_asleep(self, deep: bool) -> None:
        standby = self.periphery.standby
        if deep and self.periphery.resets_instead_of(standby=standby):
            self.reset(ResetKind.LOW_POWER)
            return
        self._slept_in = self.power_mode
        if deep and (standby or not self.hclk_on):
            self.core.systick.set_halted(True)  # its clock stands still (RM0008 §5.3.4)
            self.periphery.set_clocked(False)
        if self.periphery.swd_pins and not self.swd_alive and self.swd_lost is None:
            self._swd_went("PWR_CR" if standby else "SCB_SCR", self._sleeping_pc())

    def _woke(self) -> None:
        """An interrupt, an event or a debugger ended the sleep."""
        if self._slept_in is PowerMode.STOP:
            self.periphery.left_stop()
        self.periphery.set_clocked(True)
        self.core.systick.set_halted(False)
        self.core.after_this(self._clock_runs)

    def _wakeup_event(self) -> None:
        """The RTC's alarm, or a rising edge on WKUP: both end Standby (RM0008 §5.3.5)."""
        if not self.in_reset and self.power_mode is PowerMode.STANDBY:
            self.periphery.woken()
            kind = ResetKind.NRST if self.hclk_on else ResetKind.STANDBY
            self.core.between_instructions(lambda: self.reset(kind))

    def _clock_runs(self) -> None:
        """What waited for HCLK is done, in its order."""
        waiting, self._waiting_for_hclk = self._waiting_for_hclk, []
        for action in waiting:
            action()

    def _sleeping_pc(self) -> int:
        """The WFI or WFE before the PC; the PC itself after SLEEPONEXIT."""
        pc = self.core.get(Reg.PC)
        try:
            before = self.bus.read(pc - 2, 2, Master.CORE)
        except BusFault:
            return pc
        return pc - {0xBF20: 2, 0xBF30: 2, 0x8002: 4, 0x8003: 4}.get(before, 0)

    def _swd_went(self, register: str, pc: int) -> None:
        self.swd_lost = SwdLost(self.clock.now, pc, register)


def newest_rev_id(chip: Chip) -> int:
    """REV_ID of the last silicon revision that the manual lists."""
    device = find_device(chip.dev_id)
    assert device is not None
    return list(device.row.revisions.values())[-1]
