"""What the families after the STM32F1 have in common around their cores (RM0090, RM0091).

Ports with MODER, where PA13 and PA14 are SWD; SYSCFG, which moves address 0; freeze bits apart from
DBGMCU_CR. A family adds its memories, its flash controller, its RCC and its USARTs.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from swdflash.chips.chip import Chip
from swdflash.chips.rom import Interface
from swdflash.memory import Span
from swdflash.sim.bus import Bus, Device, ResetKind
from swdflash.sim.chip.boot_alias import BootSource
from swdflash.sim.chip.core import Core
from swdflash.sim.chip.memory import Memory, Ram
from swdflash.sim.chip.nonvolatile import NonVolatile
from swdflash.sim.chip.peripherals.crc import Crc
from swdflash.sim.chip.peripherals.dbgmcu_fz import DbgmcuFz
from swdflash.sim.chip.peripherals.exti import Exti
from swdflash.sim.chip.peripherals.flash_array import FlashArray
from swdflash.sim.chip.peripherals.flash_operation import OperatingBlock, Wait
from swdflash.sim.chip.peripherals.iwdg import Iwdg
from swdflash.sim.chip.peripherals.moder_gpio import ModerGpio, Resets
from swdflash.sim.chip.peripherals.plain import PlainRegisters
from swdflash.sim.chip.peripherals.pwr import Pwr
from swdflash.sim.chip.peripherals.registers import Log, RegisterBlock
from swdflash.sim.chip.peripherals.reserved import Reserved
from swdflash.sim.chip.peripherals.syscfg import Syscfg
from swdflash.sim.chip.peripherals.usart import Usart
from swdflash.sim.chip.peripherals.wwdg import Wwdg
from swdflash.sim.chip.power_mode import PowerMode
from swdflash.sim.chip.rom.machine import Machine, RomProgram
from swdflash.sim.clock import PS_PER_S, Clock
from swdflash.sim.uart.frames import Burst
from swdflash.sim.uart.wire import Wire

WKUP = ("A", 0)  # PA0 (RM0090 §5.4.2, RM0091 §5.4.2)


@dataclass(frozen=True)
class Facts:
    """Numbers of a family that no file of `targets/` has: only the virtual chip needs them."""

    irqs: int
    systick_calibration: int
    flash_irq: int
    irq_of_exti: tuple[int, ...]  # by line
    port_resets: Mapping[str, Resets]
    lsi_hz: int
    dbgmcu_cr: int  # bits that DBGMCU_CR has


class OptionBits(Protocol):
    """What option bytes say besides protecting flash."""

    @property
    def level_2(self) -> bool:
        """Read protection of level 2 is in force."""
        ...

    @property
    def hardware_watchdog(self) -> bool:
        """IWDG runs from reset on."""
        ...

    def resets_instead_of(self, *, standby: bool) -> bool:
        """Whether entering Standby (or Stop) resets the chip."""
        ...


class ClockControl(Protocol):
    """As much of an RCC as the rest needs; `resets` is by RSTR's offset and bit."""

    hclk_hz: int
    values: dict[int, int]
    resets: dict[tuple[int, int], Callable[[], None]]

    @property
    def pclk1_hz(self) -> int:
        """HCLK behind the APB1 prescaler."""
        ...

    def leave_stop(self) -> None:
        """HSI is the system clock again."""
        ...

    def note_reset(self, kind: ResetKind) -> None:
        """Set the flags of one more cause."""
        ...


class Assembly(ABC):
    """A `Periphery`, but for what a family has of its own.

    `hse_hz` is the board's crystal, None without one. `seed` decides what an operation on flash
    that loses power leaves, and what RAM holds when power comes on.
    """

    facts: Facts
    barred = frozenset((BootSource.SRAM, BootSource.SYSTEM_MEMORY))  # RM0090 §3.7.3, RM0091 §3.3.1
    flash: FlashArray
    controller: OperatingBlock
    options: OptionBits
    rcc: ClockControl
    pwr: Pwr

    def __init__(
        self,
        chip: Chip,
        rev_id: int,
        nonvolatile: NonVolatile,
        clock: Clock,
        log: Log,
        *,
        hse_hz: int | None,
        seed: int = 0,
    ) -> None:
        self.chip = chip
        self.clock = clock
        self.log = log
        self.irqs, self.systick_calibration = self.facts.irqs, self.facts.systick_calibration
        self.bus = Bus()
        self.dice = random.Random(seed)
        self.ram = Ram(chip.sram[0], seed=seed)
        self.on_reset: Callable[[ResetKind], None] = lambda _kind: None
        self.on_wakeup: Callable[[], None] = lambda: None
        self.on_swd_lost: Callable[[str, int], None] = lambda _register, _address: None
        self.on_remap: Callable[[BootSource], None] = lambda _source: None
        self.core_halted: Callable[[], bool] = lambda: False
        self._booted = BootSource.FLASH
        self._clocked = True
        self.attach(self.ram)
        self.build_memories(nonvolatile, seed)
        self.build_clocks(hse_hz)
        self._build_system(chip.dev_id | rev_id << 16)
        self._build_ports()
        self.usarts = self.build_usarts()
        self._build_others()
        self.attach(Reserved(Span(chip.peripherals["FLASH"], 0x400)))
        self._gate()

    # A family's own

    @abstractmethod
    def build_memories(self, nonvolatile: NonVolatile, seed: int) -> None:
        """`flash`, its `controller`, the `options`, system memory; put on the bus."""

    @abstractmethod
    def build_clocks(self, hse_hz: int | None) -> None:
        """`rcc` and `pwr`; put on the bus."""

    @abstractmethod
    def build_usarts(self) -> dict[str, Usart]:
        """By name; put on the bus."""

    @abstractmethod
    def rom_program(self, machine: Machine) -> RomProgram:
        """The bootloader in system memory."""

    @abstractmethod
    def boots_by(self, boot0: int, boot1: int) -> BootSource:
        """What pins and option bits choose where read protection leaves a choice."""

    @abstractmethod
    def memory_of(self, source: BootSource) -> Memory:
        """The memory that a boot source means."""

    @abstractmethod
    def enable_of(self, name: str) -> tuple[int, int, int] | None:
        """Where RCC enables and resets a peripheral: offsets of ENR and RSTR, bit."""

    @property
    @abstractmethod
    def memories(self) -> tuple[Memory, ...]:
        """What the core reaches directly."""

    @property
    @abstractmethod
    def wait_states(self) -> int:
        """FLASH_ACR.LATENCY."""

    # Putting it together

    def attach(self, *devices: Device) -> None:
        """Put devices on the bus."""
        for device in devices:
            self.bus.attach(device)

    def _build_system(self, idcode: int) -> None:
        at, clock, log = self.chip.peripherals, self.clock, self.log
        self.crc = Crc(at["CRC"], self._stall_cycles, log)
        self.dbgmcu = DbgmcuFz(at["DBGMCU"], idcode, self.facts.dbgmcu_cr, log)
        self.iwdg = Iwdg(
            at["IWDG"],
            clock,
            lambda: self.on_reset(ResetKind.IWDG),
            lambda: self.core_halted() and self.dbgmcu.freezes_iwdg,
            log,
            lsi_hz=self.facts.lsi_hz,
        )
        self.wwdg = Wwdg(
            at["WWDG"],
            clock,
            lambda: self.rcc.pclk1_hz,
            lambda: self.on_reset(ResetKind.WWDG),
            lambda: not self._clocked or (self.core_halted() and self.dbgmcu.freezes_wwdg),
            log,
        )
        self.exti = Exti(at["EXTI"], log, irq_of_line=self.facts.irq_of_exti)
        self.syscfg = Syscfg(at["SYSCFG"], log)
        self.syscfg.booted = lambda: self._booted
        self.syscfg.on_remap = self._remapped
        self.attach(self.crc, self.dbgmcu, self.iwdg, self.wwdg, self.exti, self.syscfg)

    def _build_ports(self) -> None:
        self.ports: dict[str, ModerGpio] = {}
        for name, base in self.chip.peripherals.items():
            if name.startswith("GPIO"):
                letter = name.removeprefix("GPIO")
                resets = self.facts.port_resets.get(letter)
                self.ports[letter] = ModerGpio(base, letter, self.clock, resets, self.log)
        self.ports["A"].on_swd_lost = self._swd_lost
        self.attach(*self.ports.values())

    def _build_others(self) -> None:
        taken = {device.span.start for device in self.bus.devices}
        for name, base in self.chip.peripherals.items():
            if base not in taken:
                self.attach(PlainRegisters(base, name))

    def _gate(self) -> None:
        """Tie every peripheral that RCC has bits for to them."""
        for name, device in self._by_name():
            place = self.enable_of(name)
            if place is not None:
                self._gate_one(device, *place)

    def _gate_one(self, device: RegisterBlock, enr: int, rstr: int, bit: int) -> None:
        def enabled() -> bool:
            return bool(self.rcc.values[enr] >> bit & 1)

        if device is self.dbgmcu:
            self.dbgmcu.program_sees = enabled
        else:
            device.clocked = enabled
            self.rcc.resets[rstr, bit] = device.reset_by_rcc

    def _by_name(self) -> Iterator[tuple[str, RegisterBlock]]:
        for name, base in self.chip.peripherals.items():
            device = self.bus.device_at(base)
            if isinstance(device, RegisterBlock):
                yield name, device

    def _remapped(self, source: BootSource) -> None:
        self.on_remap(source)

    def _swd_lost(self, offset: int) -> None:
        name = "GPIOA_MODER" if offset == ModerGpio.MODER.offset else "GPIOA_AFRH"
        self.on_swd_lost(name, self.ports["A"].span.start + offset)

    # What can be asked

    @property
    def swd_pins(self) -> bool:
        """PA13 and PA14, and not level 2."""
        return self.ports["A"].has_swd and not self.options.level_2

    @property
    def dbgmcu_cr(self) -> int:
        """DBGMCU_CR as it is, whoever may read it."""
        return self.dbgmcu.CR

    @property
    def hclk_hz(self) -> int:
        """The processor's clock."""
        return self.rcc.hclk_hz

    def resets_instead_of(self, *, standby: bool) -> bool:
        """Option bytes make entering Standby (or Stop) a reset."""
        return self.options.resets_instead_of(standby=standby)

    @property
    def busy(self) -> bool:
        """Flash is being programmed or erased."""
        return self.controller.busy

    @property
    def standby(self) -> bool:
        """Deep sleep means Standby (PDDS), not Stop."""
        return self.pwr.standby

    def keeps_hclk(self, mode: PowerMode) -> bool:
        """By DBGMCU_CR."""
        return self.dbgmcu.keeps_hclk(mode)

    def boot_source(self, boot0: int, boot1: int) -> BootSource:
        """Level 2 boots from flash, whatever the pins say (RM0090 §3.7.3, RM0091 §3.3.1)."""
        self._booted = BootSource.FLASH if self.options.level_2 else self.boots_by(boot0, boot1)
        self.syscfg.reset(ResetKind.SYSTEM)
        return self._booted

    # What the chip does to it

    def wire(self, core: Core) -> None:
        """Connect interrupt and event lines."""
        self.controller.interrupt = lambda level: core.set_irq(self.facts.flash_irq, level)
        self.exti.interrupt = core.set_irq
        self.exti.event = core.signal_event

    def connect_serial(self, usart: Interface, tx: Wire) -> None:
        """What firmware sends by a USART goes to this wire, where its pin is the USART's."""
        pin = usart.pins["TX"]
        port, number = self.ports[pin[1]], int(pin[2:])

        def transmit(character: Burst) -> None:
            if port.alternate(number):
                tx.put(character)

        self.usarts[usart.bus].transmit = transmit

    def stall_by(self, wait: Wait) -> None:
        """Have accesses to busy flash wait by this function."""
        self.controller.wait = wait

    def use_max_times(self, slow: bool) -> None:
        """Let flash take the datasheet's max times instead of typ."""
        self.controller.slow = slow

    def reset(self, kind: ResetKind) -> None:
        """Reset every device; an operation on flash is cut."""
        self.controller.cut(self.dice)
        for device in self.bus.devices:
            device.reset(kind)
        if self.options.hardware_watchdog:
            self.iwdg.start()

    def lose_power(self) -> None:
        """Whatever was going on stops where it is."""
        self.controller.cut(self.dice)
        for device in self.bus.devices:
            device.reset(ResetKind.POWER_ON)

    def set_clocked(self, clocked: bool) -> None:
        """The window watchdog stands still in Stop and Standby."""
        self._clocked = clocked

    def left_stop(self) -> None:
        """The clocks are as Stop leaves them."""
        self.rcc.leave_stop()

    def left_standby(self, cause: ResetKind, *, unsupplied: bool) -> None:
        """SBF tells of it; RCC_CSR has the cause where the reset was one of the supply."""
        self.pwr.left_standby()
        if unsupplied:
            self.rcc.note_reset(cause)

    def woken(self) -> None:
        """WUF tells of it."""
        self.pwr.woken()

    def drive_pin(self, port: str, pin: int, level: int) -> None:
        """The board puts a level on a pin, such as ("A", 0)."""
        gpio = self.ports[port]
        if gpio.inputs >> pin & 1 == level:
            return
        gpio.inputs ^= 1 << pin
        if self.syscfg.exti_port(pin) == port:
            self.exti.edge(pin, level)
        if (port, pin) == WKUP and level and self.pwr.wakes_by_pin:
            self.on_wakeup()

    def _stall_cycles(self, cycles: int) -> None:
        self.clock.now_ps += cycles * PS_PER_S // self.rcc.hclk_hz
