"""What is around a chip's core: the seam between `VirtualChip` and a family's assembly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from swdflash.chips.rom import Interface
from swdflash.sim.bus import Bus, ResetKind
from swdflash.sim.chip.boot_alias import BootSource
from swdflash.sim.chip.core import Core
from swdflash.sim.chip.memory import Memory, Ram
from swdflash.sim.chip.peripherals.flash_array import FlashArray
from swdflash.sim.chip.peripherals.flash_operation import Wait
from swdflash.sim.chip.peripherals.port import Port
from swdflash.sim.chip.power_mode import PowerMode
from swdflash.sim.chip.rom.machine import Machine, RomProgram
from swdflash.sim.uart.wire import Wire


class Periphery(Protocol):
    """Everything of a chip but its core: memories, peripherals and pins, on a bus.

    The chip puts itself into the hooks: `on_reset(kind)` when a watchdog resets it, `on_wakeup()`
    for what ends Standby, `on_swd_lost(register, address)` when firmware's store to a register
    takes the pins from the debug port, `on_remap(source)` when one puts another memory at address
    0, `core_halted()` for peripherals that freeze.
    """

    irqs: int  # interrupt lines of the NVIC
    systick_calibration: int  # SYST_CALIB
    barred: frozenset[BootSource]  # read protection bars code that was booted from these

    bus: Bus
    ram: Ram
    flash: FlashArray
    on_reset: Callable[[ResetKind], None]
    on_wakeup: Callable[[], None]
    on_swd_lost: Callable[[str, int], None]
    on_remap: Callable[[BootSource], None]
    core_halted: Callable[[], bool]

    # Clocks, pins, boot

    @property
    def ports(self) -> Mapping[str, Port]:
        """By letter."""
        ...

    @property
    def memories(self) -> tuple[Memory, ...]:
        """What the core executes from."""
        ...

    @property
    def hclk_hz(self) -> int:
        """The processor's clock."""
        ...

    @property
    def wait_states(self) -> int:
        """Of a fetch from flash."""
        ...

    @property
    def swd_pins(self) -> bool:
        """Whether SWDIO and SWCLK are the debug port's, and there is one: not at RDP level 2."""
        ...

    @property
    def dbgmcu_cr(self) -> int:
        """DBGMCU_CR as it is, whoever may read it."""
        ...

    def boot_source(self, boot0: int, boot1: int) -> BootSource:
        """What the levels of the boot pins, and option bytes, choose after a reset."""
        ...

    def memory_of(self, source: BootSource) -> Memory:
        """The memory that a boot source means."""
        ...

    def rom_program(self, machine: Machine) -> RomProgram:
        """The bootloader in system memory."""
        ...

    def connect_serial(self, usart: Interface, tx: Wire) -> None:
        """What firmware sends by a USART goes to this wire, where its pin is the USART's."""
        ...

    # Sleep

    @property
    def standby(self) -> bool:
        """Deep sleep means Standby, not Stop."""
        ...

    def keeps_hclk(self, mode: PowerMode) -> bool:
        """Whether HCLK goes on in a low-power mode, for a debugger (DBGMCU_CR)."""
        ...

    def resets_instead_of(self, *, standby: bool) -> bool:
        """Whether option bytes make entering Standby (or Stop) a reset."""
        ...

    def left_stop(self) -> None:
        """The clocks are as Stop leaves them."""
        ...

    def left_standby(self, cause: ResetKind, *, unsupplied: bool) -> None:
        """Out of Standby by a reset of this cause; `unsupplied` if the digital part was off."""
        ...

    def woken(self) -> None:
        """An alarm or the WKUP pin ended Standby."""
        ...

    # What the chip does to it

    def wire(self, core: Core) -> None:
        """Connect interrupt and event lines."""
        ...

    def stall_by(self, wait: Wait) -> None:
        """Have accesses to busy flash wait by this function."""
        ...

    def reset(self, kind: ResetKind) -> None:
        """Reset every device; an operation on flash is cut, option bytes are loaded anew."""
        ...

    def lose_power(self) -> None:
        """Whatever was going on stops where it is."""
        ...

    def set_clocked(self, clocked: bool) -> None:
        """The peripherals' clocks stop and go on, in Stop and Standby."""
        ...

    def drive_pin(self, port: str, pin: int, level: int) -> None:
        """The board puts a level on a pin, such as ("A", 0)."""
        ...
