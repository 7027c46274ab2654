"""The bootloader of the STM32F071/072: 48 MHz from HSI48 (AN2606 Table 41)."""

from __future__ import annotations

from swdflash.chips.chip import Chip
from swdflash.sim.bus import Master, ResetKind
from swdflash.sim.chip.peripherals.f0_flash import F0FlashInterface, F0OptionBytes
from swdflash.sim.chip.peripherals.f0_rcc import CR2_HSI48ON, SW_HSI48, F0Rcc
from swdflash.sim.chip.peripherals.flash_array import FlashArray
from swdflash.sim.chip.peripherals.information_block import InformationBlock
from swdflash.sim.chip.peripherals.moder_gpio import ModerGpio
from swdflash.sim.chip.peripherals.option_bytes import RDP
from swdflash.sim.chip.rom.f1_flash import F1RomFlash
from swdflash.sim.chip.rom.f1_memory import F1RomMemory
from swdflash.sim.chip.rom.machine import Machine
from swdflash.sim.chip.rom.memory import RomMemory
from swdflash.sim.chip.rom.watchdog import RomWatchdog

ACR_PREFETCH_1_WAIT = 0x11
IOPAEN, USART1EN = 1 << 17, 1 << 14
PA9_PA10_ALTERNATE = 0x2828_0000  # GPIOA_MODER, PA13 and PA14 as they were
PA9_PA10_AF1 = 0x0000_0110  # GPIOA_AFRH


class F0RomMemory(F1RomMemory):
    """The same protocol on the same kind of flash; option bytes take OBL_LAUNCH to be loaded.

    What V10.1 does beside AN3155 nobody has taken apart: it is taken to do what that says.
    """

    loaded_by = ResetKind.OPTION_LOAD

    def readout_unprotect(self) -> None:
        """Programming RDP makes the chip erase main flash (RM0091 §3.3.1)."""
        self._change_options({RDP: self._chip.rdp_unprotected})


class F0Rom:
    """A `RomProgram`."""

    def __init__(
        self,
        machine: Machine,
        chip: Chip,
        controller: F0FlashInterface,
        array: FlashArray,
        block: InformationBlock,
    ) -> None:
        options = controller.options
        assert isinstance(options, F0OptionBytes)
        flash = F1RomFlash(machine, chip, array, [controller], block)
        self.memory: RomMemory = F0RomMemory(machine, chip, flash, options)
        self._watchdog = RomWatchdog(machine, chip.peripherals["IWDG"])
        self._bus = machine.bus
        self._at = chip.peripherals

    def start(self) -> None:
        """Prescaler, HSI48, pins of USART1."""
        self._watchdog.slow_down()
        self._write("RCC", F0Rcc.CR2.offset, CR2_HSI48ON)
        self._write("FLASH", F0FlashInterface.ACR.offset, ACR_PREFETCH_1_WAIT)
        self._write("RCC", F0Rcc.CFGR.offset, SW_HSI48)
        self._write("RCC", F0Rcc.AHBENR.offset, F0Rcc.AHBENR.reset | IOPAEN)
        self._write("RCC", F0Rcc.APB2ENR.offset, USART1EN)
        self._write("GPIOA", ModerGpio.AFRH.offset, PA9_PA10_AF1)
        self._write("GPIOA", ModerGpio.MODER.offset, PA9_PA10_ALTERNATE)

    def refresh(self) -> float:
        """Reload the watchdog."""
        return self._watchdog.refresh()

    def _write(self, block: str, offset: int, value: int) -> None:
        self._bus.write(self._at[block] + offset, 4, value, Master.CORE)
