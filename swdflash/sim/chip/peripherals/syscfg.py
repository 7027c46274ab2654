"""System configuration: what is seen at address 0, and which ports EXTI looks at.

RM0090 §9.2 (STM32F4), RM0091 §9.1 (STM32F0).
"""

from __future__ import annotations

from collections.abc import Callable

from swdflash.sim.bus import ResetKind
from swdflash.sim.chip.boot_alias import BootSource
from swdflash.sim.chip.peripherals.registers import Log, Register, RegisterBlock, no_log

MEM_MODE = 3
MODES = {0b00: BootSource.FLASH, 0b01: BootSource.SYSTEM_MEMORY, 0b11: BootSource.SRAM}
VALUES = {source: mode for mode, source in MODES.items()}
PORTS = "ABCDEFGHI"


class Syscfg(RegisterBlock):
    """`booted` says what a reset put at address 0; `on_remap(source)` that a program changes it.

    The first register is MEMRMP on STM32F4, CFGR1 on STM32F0. The MEM_MODE that means FSMC on
    STM32F4 is ignored.
    """

    MEMRMP = Register(0x00)
    EXTICR1 = Register(0x08, writable=0xFFFF)
    EXTICR2 = Register(0x0C, writable=0xFFFF)
    EXTICR3 = Register(0x10, writable=0xFFFF)
    EXTICR4 = Register(0x14, writable=0xFFFF)

    def __init__(self, base: int, log: Log = no_log) -> None:
        super().__init__(base, log)
        self.booted: Callable[[], BootSource] = lambda: BootSource.FLASH
        self.on_remap: Callable[[BootSource], None] = lambda _source: None

    def reset(self, kind: ResetKind) -> None:
        """MEM_MODE is as the boot pins have it."""
        super().reset(kind)
        self.MEMRMP = VALUES[self.booted()]

    def reset_by_rcc(self) -> None:
        """The same, and address 0 follows."""
        super().reset_by_rcc()
        self.on_remap(self.booted())

    @MEMRMP.writes
    def _memrmp(self, value: int) -> None:
        before, self.MEMRMP = self.MEMRMP & MEM_MODE, value
        source = MODES.get(value & MEM_MODE)
        if source is not None and value & MEM_MODE != before:
            self.on_remap(source)

    def exti_port(self, pin: int) -> str:
        """The port whose pin is the EXTI line of this number, e.g. "A"."""
        register = (self.EXTICR1, self.EXTICR2, self.EXTICR3, self.EXTICR4)[pin // 4]
        return PORTS[min(register >> 4 * (pin % 4) & 0xF, len(PORTS) - 1)]
