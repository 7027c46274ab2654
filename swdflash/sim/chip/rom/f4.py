"""The bootloader of the STM32F405/407/415/417 at its start: 24 MHz from HSI (AN2606 Table 73)."""

from __future__ import annotations

from swdflash.chips.chip import Chip
from swdflash.sim.bus import Master
from swdflash.sim.chip.peripherals.f4_flash import F4Flash
from swdflash.sim.chip.peripherals.f4_options import F4Options
from swdflash.sim.chip.peripherals.f4_rcc import F4Rcc
from swdflash.sim.chip.peripherals.moder_gpio import ModerGpio
from swdflash.sim.chip.peripherals.rcc import CR_PLLON
from swdflash.sim.chip.rom.f4_memory import F4RomMemory
from swdflash.sim.chip.rom.machine import Machine
from swdflash.sim.chip.rom.memory import RomMemory
from swdflash.sim.chip.rom.watchdog import RomWatchdog

VTOR = 0xE000_ED08
PLL_24_MHZ = 16 | 192 << 6 | 0b11 << 16 | 4 << 24  # HSI / 16 * 192 / 8
SW_PLL = 2
GPIOAEN, CCMDATARAMEN, USART1EN = 1 << 0, 1 << 20, 1 << 4
PA9_PA10_ALTERNATE = 0xA828_0000  # GPIOA_MODER, PA13 to PA15 as they were
PA9_PA10_AF7 = 0x0000_0770  # GPIOA_AFRH


class F4Rom:
    """A `RomProgram`."""

    def __init__(
        self, machine: Machine, chip: Chip, controller: F4Flash, options: F4Options
    ) -> None:
        self._memory = F4RomMemory(machine, chip, controller, options)
        self.memory: RomMemory = self._memory
        self._watchdog = RomWatchdog(machine, chip.peripherals["IWDG"])
        self._bus = machine.bus
        self._at = chip.peripherals

    def start(self) -> None:
        """Prescaler, PLL, pins of USART1, vector table; flash is programmed by bytes."""
        self._memory.forget_voltage()
        self._watchdog.slow_down()
        self._write("RCC", F4Rcc.PLLCFGR.offset, PLL_24_MHZ)
        self._write("RCC", F4Rcc.CR.offset, F4Rcc.CR.reset | CR_PLLON)
        self._write("RCC", F4Rcc.CFGR.offset, SW_PLL)
        self._write("RCC", F4Rcc.AHB1ENR.offset, CCMDATARAMEN | GPIOAEN)
        self._write("RCC", F4Rcc.APB2ENR.offset, USART1EN)
        self._write("GPIOA", ModerGpio.AFRH.offset, PA9_PA10_AF7)
        self._write("GPIOA", ModerGpio.MODER.offset, PA9_PA10_ALTERNATE)
        self._bus.write(VTOR, 4, 0, Master.CORE)

    def refresh(self) -> float:
        """Reload the watchdog."""
        return self._watchdog.refresh()

    def _write(self, block: str, offset: int, value: int) -> None:
        self._bus.write(self._at[block] + offset, 4, value, Master.CORE)
