"""The bootloader of the STM32F1 at its start: 24 MHz from HSI, IWDG's prescaler (AN2606)."""

from __future__ import annotations

from swdflash.chips.chip import Chip
from swdflash.sim.bus import Master
from swdflash.sim.chip.peripherals.rcc import CR_HSEON, CR_PLLON, Rcc
from swdflash.sim.chip.rom.machine import Machine
from swdflash.sim.chip.rom.memory import RomMemory
from swdflash.sim.chip.rom.watchdog import RomWatchdog

VTOR = 0xE000_ED08
PLLMUL_6 = 0b0100 << 18  # of HSI / 2: 24 MHz (AN2606, "RCC")
SW_PLL = 2
IOPAEN, USART1EN = 1 << 2, 1 << 14
PA9_AF_PA10_FLOATING = 0x4444_44B4  # GPIOA_CRH: TX and RX of USART1
CRH = 0x04


class F1Rom:
    """A `RomProgram`."""

    def __init__(self, machine: Machine, chip: Chip, memory: RomMemory) -> None:
        self.memory = memory
        self._machine = machine
        self._at = chip.peripherals
        self._watchdog = RomWatchdog(machine, self._at["IWDG"])

    def start(self) -> None:
        """Prescaler, PLL, pins, vector table, in the order in which the ROM writes them."""
        self._watchdog.slow_down()
        self._write("RCC", Rcc.CFGR.offset, PLLMUL_6)
        self._write("RCC", Rcc.CR.offset, self._read("RCC", Rcc.CR.offset) & ~CR_HSEON | CR_PLLON)
        self._write("RCC", Rcc.CFGR.offset, PLLMUL_6 | SW_PLL)
        self._write("RCC", Rcc.APB2ENR.offset, IOPAEN | USART1EN)
        self._write("GPIOA", CRH, PA9_AF_PA10_FLOATING)
        self._machine.bus.write(VTOR, 4, 0, Master.CORE)

    def refresh(self) -> float:
        """Reload IWDG, which does nothing where it does not run."""
        return self._watchdog.refresh()

    def _read(self, block: str, offset: int) -> int:
        return self._machine.bus.read(self._at[block] + offset, 4, Master.CORE)

    def _write(self, block: str, offset: int, value: int) -> None:
        self._machine.bus.write(self._at[block] + offset, 4, value, Master.CORE)
