"""The bootloader of the STM32F1 at its start: 24 MHz from HSI, IWDG's prescaler (AN2606)."""

from __future__ import annotations

from swdflash.chips.chip import Chip
from swdflash.sim.bus import Master
from swdflash.sim.chip.peripherals.iwdg import Iwdg
from swdflash.sim.chip.peripherals.rcc import CR_HSEON, CR_PLLON, Rcc
from swdflash.sim.chip.rom.machine import Machine
from swdflash.sim.chip.rom.memory import RomMemory

VTOR = 0xE000_ED08
PLLMUL_6 = 0b0100 << 18  # of HSI / 2: 24 MHz (AN2606, "RCC")
SW_PLL = 2
IOPAEN, USART1EN = 1 << 2, 1 << 14
PA9_AF_PA10_FLOATING = 0x4444_44B4  # GPIOA_CRH: TX and RX of USART1
CRH = 0x04
IWDG_UNLOCK, IWDG_RELOAD, IWDG_SLOWEST = 0x5555, 0xAAAA, 6
LONGEST_REFRESH_S = 1.0


class F1Rom:
    """A `RomProgram`."""

    def __init__(self, machine: Machine, chip: Chip, memory: RomMemory) -> None:
        self.memory = memory
        self._machine = machine
        self._at = chip.peripherals

    def start(self) -> None:
        """Prescaler, PLL, pins, vector table, in the order in which the ROM writes them."""
        self._write("IWDG", Iwdg.KR.offset, IWDG_UNLOCK)
        self._write("IWDG", Iwdg.PR.offset, IWDG_SLOWEST)
        self._write("IWDG", Iwdg.KR.offset, IWDG_RELOAD)
        self._write("RCC", Rcc.CFGR.offset, PLLMUL_6)
        self._write("RCC", Rcc.CR.offset, self._read("RCC", Rcc.CR.offset) & ~CR_HSEON | CR_PLLON)
        self._write("RCC", Rcc.CFGR.offset, PLLMUL_6 | SW_PLL)
        self._write("RCC", Rcc.APB2ENR.offset, IOPAEN | USART1EN)
        self._write("GPIOA", CRH, PA9_AF_PA10_FLOATING)
        self._machine.bus.write(VTOR, 4, 0, Master.CORE)

    def refresh(self) -> float:
        """Reload IWDG, which does nothing where it does not run."""
        self._write("IWDG", Iwdg.KR.offset, IWDG_RELOAD)
        iwdg = self._machine.bus.device_at(self._at["IWDG"])
        assert isinstance(iwdg, Iwdg)
        return min(LONGEST_REFRESH_S, iwdg.timeout_s / 4)

    def _read(self, block: str, offset: int) -> int:
        return self._machine.bus.read(self._at[block] + offset, 4, Master.CORE)

    def _write(self, block: str, offset: int, value: int) -> None:
        self._machine.bus.write(self._at[block] + offset, 4, value, Master.CORE)
