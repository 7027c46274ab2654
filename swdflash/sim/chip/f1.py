"""An STM32F1's memories and peripherals, put together on a bus (RM0008 §3.3, Table 3)."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import partial

from swdflash.chips.chip import Chip
from swdflash.chips.rom import Interface
from swdflash.memory import Span
from swdflash.sim.bus import Bus, Device, ResetKind
from swdflash.sim.chip.boot_alias import BootSource
from swdflash.sim.chip.core import Core
from swdflash.sim.chip.memory import Memory, Ram
from swdflash.sim.chip.nonvolatile import NonVolatile
from swdflash.sim.chip.peripherals.afio import Afio
from swdflash.sim.chip.peripherals.crc import Crc
from swdflash.sim.chip.peripherals.dbgmcu import DBG_SLEEP, DBG_STANDBY, DBG_STOP, Dbgmcu
from swdflash.sim.chip.peripherals.exti import RTC_ALARM, Exti
from swdflash.sim.chip.peripherals.flash import FlashController, FlashInterface
from swdflash.sim.chip.peripherals.flash_array import FlashArray
from swdflash.sim.chip.peripherals.flash_operation import Wait
from swdflash.sim.chip.peripherals.gpio import Gpio
from swdflash.sim.chip.peripherals.information_block import InformationBlock
from swdflash.sim.chip.peripherals.iwdg import Iwdg
from swdflash.sim.chip.peripherals.option_bytes import OptionBytes
from swdflash.sim.chip.peripherals.plain import PlainRegisters
from swdflash.sim.chip.peripherals.pwr import Pwr
from swdflash.sim.chip.peripherals.rcc import HSI_HZ, Rcc
from swdflash.sim.chip.peripherals.registers import Log, RegisterBlock
from swdflash.sim.chip.peripherals.reserved import Reserved
from swdflash.sim.chip.peripherals.rtc import Rtc
from swdflash.sim.chip.peripherals.timer import Timer
from swdflash.sim.chip.peripherals.usart import Usart
from swdflash.sim.chip.peripherals.wwdg import Wwdg
from swdflash.sim.chip.power_mode import PowerMode
from swdflash.sim.chip.rom.f1 import F1Rom
from swdflash.sim.chip.rom.f1_flash import F1RomFlash
from swdflash.sim.chip.rom.f1_memory import F1RomMemory
from swdflash.sim.chip.rom.machine import Machine, RomProgram
from swdflash.sim.clock import PS_PER_S, Clock
from swdflash.sim.uart.frames import Burst
from swdflash.sim.uart.wire import Wire

WITHOUT_WAIT_HZ = 24_000_000
FLASH_IRQ = 4  # RM0008 §10.1.2, Table 61
RTC_IRQ = 3
TIMER_IRQ = {"TIM2": 28, "TIM3": 29, "TIM4": 30}
WKUP = ("A", 0)  # PA0 (RM0008 §5.4.2)
DEBUG_BIT = {
    PowerMode.SLEEP: DBG_SLEEP,
    PowerMode.STOP: DBG_STOP,
    PowerMode.STANDBY: DBG_STANDBY,
}


class F1:
    """Everything of an STM32F1 but its core: a `Periphery`. Nothing of it moves address 0.

    `hse_hz` is the board's crystal, None without one. `seed` decides what an operation on flash
    that loses power leaves, and what RAM holds when power comes on.
    """

    irqs = 60  # RM0008 §10.1.2, Table 61
    systick_calibration = 9000  # 1 ms at 9 MHz (RM0008 §10.1.2)
    barred = frozenset((BootSource.SRAM,))  # PM0075 §2.4.1

    def __init__(
        self,
        chip: Chip,
        rev_id: int,
        nonvolatile: NonVolatile,
        clock: Clock,
        log: Log,
        *,
        hse_hz: int | None = HSI_HZ,
        seed: int = 0,
    ) -> None:
        self.chip = chip
        self.clock = clock
        self.log = log
        self.bus = Bus()
        self.dice = random.Random(seed)
        self.ram = Ram(chip.sram[0], seed=seed)
        self.on_reset: Callable[[ResetKind], None] = lambda _kind: None
        self.on_wakeup: Callable[[], None] = lambda: None
        self.on_swd_lost: Callable[[str, int], None] = lambda _register, _address: None
        self.on_remap: Callable[[BootSource], None] = lambda _source: None
        self.core_halted: Callable[[], bool] = lambda: False
        self._clocked = True
        self._build_flash(nonvolatile)
        self._build_system(chip.dev_id | rev_id << 16, hse_hz)
        self._build_ports()
        self._build_others()
        self._attach(Reserved(Span(chip.peripherals["FLASH"], 0x400)))
        self._gate()

    def _build_flash(self, nonvolatile: NonVolatile) -> None:
        chip, clock, log = self.chip, self.clock, self.log
        block_start = chip.system_memory.start
        self.options = OptionBytes(chip, nonvolatile.information_block, block_start)
        self.flash = FlashArray(
            chip.flash, nonvolatile.flash, nonvolatile.erase_counts, self.options, log
        )
        first, *others = chip.flash.banks
        self.flash_interface = FlashInterface(
            first, chip.flash, self.flash, self.options, clock, log
        )
        self.controllers: list[FlashController] = [self.flash_interface]
        self.controllers += [
            FlashController(bank, chip.flash, self.flash, self.options, clock, log)
            for bank in others
        ]
        self.information_block = InformationBlock(
            chip, nonvolatile.information_block, self.flash_interface, log
        )
        self._attach(self.ram, self.flash, *self.controllers, self.information_block)

    def _build_system(self, idcode: int, hse_hz: int | None) -> None:
        at, clock, log = self.chip.peripherals, self.clock, self.log
        self.rcc = Rcc(at["RCC"], hse_hz, log)
        self.crc = Crc(at["CRC"], self._stall_cycles, log)
        self.dbgmcu = Dbgmcu(at["DBGMCU"], idcode, log)
        self.pwr = Pwr(at["PWR"], log)
        self.iwdg = Iwdg(
            at["IWDG"], clock, lambda: self.on_reset(ResetKind.IWDG), self._iwdg_frozen, log
        )
        self.wwdg = Wwdg(
            at["WWDG"],
            clock,
            lambda: self.rcc.pclk1_hz,
            lambda: self.on_reset(ResetKind.WWDG),
            self._wwdg_frozen,
            log,
        )
        self.rtc = Rtc(at["RTC"], clock, lambda: self.rcc.rtc_hz, log)
        self.exti = Exti(at["EXTI"], log)
        self._attach(self.crc, self.rcc, self.dbgmcu, self.pwr, self.iwdg, self.wwdg)
        self._attach(self.rtc, self.exti)
        self.rcc.on_rtc_clock = self.rtc.retime
        self.rcc.on_backup_reset = self.rtc.reset_backup
        self.rcc.backup_unlocked = self.rtc.unlocked = lambda: self.pwr.backup_unlocked
        self.rtc.alarmed = self._rtc_alarm
        self.rcc.on_hclk = self._check_latency
        for controller in self.controllers:
            controller.hsi_on = lambda: self.rcc.hsi_on

    def _build_ports(self) -> None:
        at = self.chip.peripherals
        self.afio = Afio(at["AFIO"], self.log)
        self.ports = {
            name.removeprefix("GPIO"): Gpio(base, name.removeprefix("GPIO"), self.clock, self.log)
            for name, base in at.items()
            if name.startswith("GPIO")
        }
        self.afio.on_swd_lost = self._swj_went
        self._attach(self.afio, *self.ports.values())

    def _build_others(self) -> None:
        taken = {device.span.start for device in self.bus.devices}
        self.usarts: dict[str, Usart] = {}
        self.timers: dict[str, Timer] = {}
        for name, base in self.chip.peripherals.items():
            if base in taken:
                continue
            if name.startswith("USART"):
                self.usarts[name] = Usart(base, self.clock, self._pclk_of(name), self.log)
                self.bus.attach(self.usarts[name])
            elif name in TIMER_IRQ:
                self.timers[name] = Timer(base, name, self.clock, self._timer_hz, self.log)
                self.bus.attach(self.timers[name])
            else:
                self.bus.attach(PlainRegisters(base, name))

    def _pclk_of(self, name: str) -> Callable[[], int]:
        """USART1 alone is on APB2 (RM0008 §3.3, Table 3)."""
        rcc = self.rcc
        return (lambda: rcc.pclk2_hz) if name == "USART1" else (lambda: rcc.pclk1_hz)

    def _attach(self, *devices: Device) -> None:
        for device in devices:
            self.bus.attach(device)

    def _gate(self) -> None:
        """Tie every peripheral that has an enable bit in the RCC to it, and its reset bit too."""
        for name, device in self._by_name():
            bit_name = name.replace("GPIO", "IOP") + "EN"
            for enr, rstr in ((Rcc.APB2ENR, Rcc.APB2RSTR), (Rcc.APB1ENR, Rcc.APB1RSTR)):
                field = self.chip.layouts[f"RCC_{enr.name}"].fields.get(bit_name)
                if field is not None:
                    device.clocked = self.rcc.enables(enr, field.lsb)
                    self.rcc.resets[rstr.offset, field.lsb] = device.reset_by_rcc
        backup_bit = self.chip.layouts["RCC_APB1ENR"].fields["BKPEN"].lsb
        self.rtc.clocked = self.rcc.enables(Rcc.APB1ENR, backup_bit)
        crc_bit = self.chip.layouts["RCC_AHBENR"].fields["CRCEN"].lsb
        self.crc.clocked = self.rcc.enables(Rcc.AHBENR, crc_bit)

    def _by_name(self) -> Iterator[tuple[str, RegisterBlock]]:
        for name, base in self.chip.peripherals.items():
            device = self.bus.device_at(base)
            if isinstance(device, RegisterBlock):
                yield name, device

    @property
    def memories(self) -> tuple[Memory, ...]:
        """What the core executes from."""
        return (self.ram, self.flash, self.information_block)

    @property
    def hclk_hz(self) -> int:
        """The processor's clock."""
        return self.rcc.hclk_hz

    @property
    def wait_states(self) -> int:
        """FLASH_ACR.LATENCY."""
        return self.flash_interface.ACR & 7

    @property
    def swd_pins(self) -> bool:
        """SWJ_CFG decides."""
        return self.afio.swd_pins

    @property
    def dbgmcu_cr(self) -> int:
        """DBGMCU_CR as it is, whoever may read it."""
        return self.dbgmcu.CR

    def boot_source(self, boot0: int, boot1: int) -> BootSource:
        """By the pins alone."""
        return BootSource.chosen(boot0, boot1)

    def memory_of(self, source: BootSource) -> Memory:
        """The memory that a boot source means."""
        memories: dict[BootSource, Memory] = {
            BootSource.FLASH: self.flash,
            BootSource.SYSTEM_MEMORY: self.information_block,
            BootSource.SRAM: self.ram,
        }
        return memories[source]

    def rom_program(self, machine: Machine) -> RomProgram:
        """The bootloader in system memory."""
        flash = F1RomFlash(machine, self.chip, self.flash, self.controllers, self.information_block)
        return F1Rom(machine, self.chip, F1RomMemory(machine, self.chip, flash, self.options))

    def connect_serial(self, usart: Interface, tx: Wire) -> None:
        """What firmware sends by a USART goes to this wire, where its pin is the USART's."""
        pin = usart.pins["TX"]
        port, number = self.ports[pin[1]], int(pin[2:])

        def transmit(character: Burst) -> None:
            if port.alternate(number):
                tx.put(character)

        self.usarts[usart.bus].transmit = transmit

    @property
    def standby(self) -> bool:
        """Deep sleep means Standby (PDDS), not Stop."""
        return self.pwr.standby

    def keeps_hclk(self, mode: PowerMode) -> bool:
        """By DBG_SLEEP, DBG_STOP or DBG_STANDBY."""
        return self.dbgmcu.keeps_hclk(DEBUG_BIT[mode])

    def resets_instead_of(self, *, standby: bool) -> bool:
        """nRST_STDBY, nRST_STOP."""
        return self.options.resets_instead_of(standby=standby)

    def left_stop(self) -> None:
        """HSI is the system clock again."""
        self.rcc.leave_stop()

    def left_standby(self, cause: ResetKind, *, unsupplied: bool) -> None:
        """SBF tells of it; RCC_CSR has the cause where the reset was one of the supply."""
        self.pwr.left_standby()
        if unsupplied:
            self.rcc.note_reset(cause)

    def woken(self) -> None:
        """WUF tells of it."""
        self.pwr.woken()

    def wire(self, core: Core) -> None:
        """Connect interrupt and event lines."""
        for controller in self.controllers:
            controller.interrupt = partial(core.set_irq, FLASH_IRQ)
        for name, timer in self.timers.items():
            timer.interrupt = partial(core.set_irq, TIMER_IRQ[name])
        self.exti.interrupt = core.set_irq
        self.exti.event = core.signal_event
        self.rtc.interrupt = partial(core.set_irq, RTC_IRQ)

    @property
    def busy(self) -> bool:
        """Flash is being programmed or erased."""
        return any(controller.busy for controller in self.controllers)

    def use_max_times(self, slow: bool) -> None:
        """Let flash take the datasheet's max times instead of typ."""
        for controller in self.controllers:
            controller.slow = slow

    def stall_by(self, wait: Wait) -> None:
        """Have accesses to busy flash wait by this function."""
        for controller in self.controllers:
            controller.wait = wait

    def reset(self, kind: ResetKind) -> None:
        """Reset every device; an operation on flash is cut, option bytes are loaded anew."""
        for controller in self.controllers:
            controller.cut(self.dice)
        for device in self.bus.devices:
            device.reset(kind)
        if self.options.hardware_watchdog:
            self.iwdg.start()

    def lose_power(self) -> None:
        """Whatever was going on stops where it is."""
        for controller in self.controllers:
            controller.cut(self.dice)
        for device in self.bus.devices:
            device.reset(ResetKind.POWER_ON)

    def set_clocked(self, clocked: bool) -> None:
        """The peripherals' clocks stop and go on, in Stop and Standby; IWDG and RTC have others."""
        self._clocked = clocked
        for timer in self.timers.values():
            timer.set_clocked(clocked)

    def drive_pin(self, port: str, pin: int, level: int) -> None:
        """The board puts a level on a pin, such as ("A", 0)."""
        gpio = self.ports[port]
        if gpio.inputs >> pin & 1 == level:
            return
        gpio.inputs ^= 1 << pin
        if self.afio.exti_port(pin) == port:
            self.exti.edge(pin, level)
        if (port, pin) == WKUP and level and self.pwr.wakes_by_pin:
            self.on_wakeup()

    def _swj_went(self) -> None:
        self.on_swd_lost("AFIO_MAPR", self.afio.span.start + Afio.MAPR.offset)

    def _rtc_alarm(self) -> None:
        self.exti.edge(RTC_ALARM, 1)
        self.on_wakeup()

    def _timer_hz(self) -> int:
        """APB1's timers run twice as fast as APB1 where that is divided (RM0008 §7.2)."""
        rcc = self.rcc
        return min(rcc.hclk_hz, rcc.pclk1_hz * 2)

    def _check_latency(self, hclk_hz: int) -> None:
        """One wait state for each 24 MHz begun after the first (PM0075 §3.1)."""
        latency = self.flash_interface.ACR & 7
        if hclk_hz > WITHOUT_WAIT_HZ * (latency + 1):
            self.log(f"FLASH_ACR: LATENCY {latency} is too low for {hclk_hz} Hz (PM0075 §3.1)")

    def _stall_cycles(self, cycles: int) -> None:
        self.clock.now_ps += cycles * PS_PER_S // self.rcc.hclk_hz

    def _iwdg_frozen(self) -> bool:
        return self.core_halted() and self.dbgmcu.freezes_iwdg

    def _wwdg_frozen(self) -> bool:
        return not self._clocked or (self.core_halted() and self.dbgmcu.freezes_wwdg)
