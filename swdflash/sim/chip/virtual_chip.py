"""A virtual STM32F1: its core, what is around it, and what resets and sleeps do to both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from swdflash.chips.chip import Chip
from swdflash.chips.data import family_of, find_device
from swdflash.memory import Span
from swdflash.sim.adiv5.debug import attach_debug
from swdflash.sim.bus import BusFault, Master, ResetKind
from swdflash.sim.chip.boot_alias import BootAlias, BootSource
from swdflash.sim.chip.core import Core
from swdflash.sim.chip.f1 import F1, FLASH_IRQ, RTC_IRQ, TIMER_IRQ
from swdflash.sim.chip.memory import Memory
from swdflash.sim.chip.nonvolatile import NonVolatile
from swdflash.sim.chip.peripherals.afio import Afio
from swdflash.sim.chip.peripherals.dbgmcu import DBG_SLEEP, DBG_STANDBY, DBG_STOP
from swdflash.sim.chip.peripherals.rcc import HSI_HZ
from swdflash.sim.chip.peripherals.registers import Log
from swdflash.sim.chip.peripherals.reserved import Reserved
from swdflash.sim.chip.registers import Reg
from swdflash.sim.clock import Clock

# MPU_TYPE and its like read 0: there is no MPU (DDI 0403 §B3.2.1, §B3.5.1)
SYSTEM_CONTROL_SPACE = Span(0xE000_E000, 0x1000)


class PowerMode(StrEnum):
    """Run, or one of the low-power modes (RM0008 §5.3)."""

    OFF = "off"
    RUN = "run"
    SLEEP = "sleep"
    STOP = "stop"
    STANDBY = "standby"


@dataclass(frozen=True)
class SwdLost:
    """When and by which instruction firmware took SWD away."""

    at_s: float
    cause_pc: int
    cause_register: str


DEBUG_BIT = {
    PowerMode.SLEEP: DBG_SLEEP,
    PowerMode.STOP: DBG_STOP,
    PowerMode.STANDBY: DBG_STANDBY,
}


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
        self.f1 = F1(chip, newest_rev_id(chip), nonvolatile, clock, log, hse_hz=hse_hz, seed=seed)
        self.bus = self.f1.bus
        self.dpidr = family_of(chip).dpidr
        self.core = Core(self.bus, clock, lambda: self.f1.rcc.hclk_hz)
        attach_debug(self.bus, self.core, chip.dev_id)
        self.core.set_wait_states(lambda: self.f1.flash_interface.ACR & 7)
        self.bus.attach(Reserved(SYSTEM_CONTROL_SPACE))
        self.boot0 = self.boot1 = 0
        self.boot_source = BootSource.FLASH
        self.in_reset = False
        self.powered = False
        self.power_ups = 0
        self.swd_lost: SwdLost | None = None
        self._slept_in = PowerMode.RUN  # the mode that the core went to sleep in
        self._waiting_for_hclk: list[Callable[[], None]] = []
        self._alias = BootAlias(self.f1.flash)
        self.bus.attach(self._alias)
        self._mapped: set[int] = set()
        for memory in self.f1.memories:
            self._map(memory, memory.span.start)
        self._map(self.f1.flash, 0)
        self._connect()

    def _map(self, memory: Memory, at: int) -> None:
        self.core.map_memory(memory, at, stores_through=memory is not self.f1.ram)
        self._mapped.add(at)

    def _unmap(self, at: int) -> None:
        if at in self._mapped:
            self.core.unmap(at)
            self._mapped.remove(at)

    def _connect(self) -> None:
        f1, core = self.f1, self.core
        core.on_reset_request = lambda: self.reset(ResetKind.SYSTEM)
        core.on_sleep = self._fell_asleep
        core.on_wake = self._woke
        f1.on_reset = lambda kind: core.between_instructions(lambda: self.reset(kind))
        f1.core_halted = lambda: core.halted
        f1.stall_by(self._wait)
        f1.afio.on_swd_lost = self._swj_went
        f1.flash.debugged = self._bars_from_flash
        for controller in f1.controllers:
            controller.interrupt = partial(core.set_irq, FLASH_IRQ)
        for name, timer in f1.timers.items():
            timer.interrupt = partial(core.set_irq, TIMER_IRQ[name])
        f1.exti.interrupt = core.set_irq
        f1.exti.event = core.signal_event
        f1.rtc.interrupt = partial(core.set_irq, RTC_IRQ)
        f1.on_wakeup = self._wakeup_event

    # What can be asked

    @property
    def power_mode(self) -> PowerMode:
        """What the chip is in now."""
        if not self.powered:
            return PowerMode.OFF
        if self.core.deep_sleep and not self.in_reset:
            return PowerMode.STANDBY if self.f1.pwr.standby else PowerMode.STOP
        return PowerMode.SLEEP if self.core.sleeping else PowerMode.RUN

    @property
    def swd_alive(self) -> bool:
        """Whether the debug port answers on the pins."""
        mode = self.power_mode
        if mode is PowerMode.OFF or not self.f1.afio.swd_pins:
            return False
        if mode in (PowerMode.STOP, PowerMode.STANDBY):
            return self.hclk_on  # "the debug connection is lost" otherwise (RM0008 §5.3.5)
        return True

    @property
    def hclk_on(self) -> bool:
        """Whether the bus has its clock: without it, an AP access does not end (§31.16.3)."""
        if not self.core.sleeping or self.in_reset:
            return True
        return self.f1.dbgmcu.keeps_hclk(DEBUG_BIT[self.power_mode])

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
        self.f1.lose_power()

    def reset(self, kind: ResetKind) -> None:
        """Reset everything that this kind resets, sample the boot pins, start the core."""
        kind = self._reset_around_the_core(kind)
        self._boot_from(BootSource.chosen(self.boot0, self.boot1))
        self.core.reset(kind)
        self._clock_runs()

    def _reset_around_the_core(self, cause: ResetKind) -> ResetKind:
        """Returns the kind of reset that it is: any that ends Standby is one of the supply."""
        ends_standby = cause is not ResetKind.POWER_ON and self.power_mode is PowerMode.STANDBY
        unsupplied = ends_standby and not self.hclk_on
        kind = ResetKind.STANDBY if unsupplied else cause
        self.swd_lost = None
        self.f1.set_clocked(True)
        self.f1.reset(kind)
        if ends_standby:
            self.f1.pwr.left_standby()
        if unsupplied:
            self.power_ups += 1
            self.f1.rcc.note_reset(cause)
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
        memory = {
            BootSource.FLASH: self.f1.flash,
            BootSource.SYSTEM_MEMORY: self.f1.information_block,
            BootSource.SRAM: self.f1.ram,
        }[source]
        self.boot_source = source
        self._unmap(0)
        self._alias.point_at(memory)
        self._map(memory, 0)
        self._bar_flash_if_protected()

    def _bar_flash_if_protected(self) -> None:
        """Code meets a bus error in flash that it may not read (PM0075 §2.4.1)."""
        flash = self.f1.flash
        aliases = [flash.span.start] + [0] * (self._alias.memory is flash)
        barred = flash.read_protected(Master.CORE)
        for at in aliases:
            if barred:
                self._unmap(at)
            elif at not in self._mapped:
                self._map(flash, at)

    def _bars_from_flash(self) -> bool:
        """Read protection bars code that a debugger has hold of, or that SRAM was booted for."""
        return self.core.halting.enabled or self.boot_source is BootSource.SRAM

    def _fell_asleep(self, deep: bool) -> None:
        standby = self.f1.pwr.standby
        if deep and self.f1.options.resets_instead_of(standby=standby):
            self.reset(ResetKind.LOW_POWER)
            return
        self._slept_in = self.power_mode
        if deep and (standby or not self.hclk_on):
            self.core.systick.set_halted(True)  # its clock stands still (RM0008 §5.3.4)
            self.f1.set_clocked(False)
        if not self.swd_alive and self.swd_lost is None:
            self._swd_went("PWR_CR" if standby else "SCB_SCR", self._sleeping_pc())

    def _woke(self) -> None:
        """An interrupt, an event or a debugger ended the sleep."""
        if self._slept_in is PowerMode.STOP:
            self.f1.rcc.leave_stop()
        self.f1.set_clocked(True)
        self.core.systick.set_halted(False)
        self.core.after_this(self._clock_runs)

    def _wakeup_event(self) -> None:
        """The RTC's alarm, or a rising edge on WKUP: both end Standby (RM0008 §5.3.5)."""
        if not self.in_reset and self.power_mode is PowerMode.STANDBY:
            self.f1.pwr.woken()
            kind = ResetKind.NRST if self.hclk_on else ResetKind.STANDBY
            self.core.between_instructions(lambda: self.reset(kind))

    def _clock_runs(self) -> None:
        """What waited for HCLK is done, in its order."""
        waiting, self._waiting_for_hclk = self._waiting_for_hclk, []
        for action in waiting:
            action()

    def _swj_went(self) -> None:
        self._swd_went("AFIO_MAPR", self.core.writer_of(self.f1.afio.span.start + Afio.MAPR.offset))

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
