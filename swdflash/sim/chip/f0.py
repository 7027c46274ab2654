"""An STM32F0's memories and peripherals, put together on a bus (RM0091 §2.2, Table 1)."""

from __future__ import annotations

from swdflash.sim.bus import ResetKind
from swdflash.sim.chip.assembly import Assembly, Facts
from swdflash.sim.chip.boot_alias import BootSource
from swdflash.sim.chip.memory import Memory
from swdflash.sim.chip.nonvolatile import NonVolatile
from swdflash.sim.chip.peripherals.dbgmcu_fz import DBG_STANDBY, DBG_STOP
from swdflash.sim.chip.peripherals.f0_flash import F0FlashInterface, F0OptionBytes
from swdflash.sim.chip.peripherals.f0_rcc import F0Rcc
from swdflash.sim.chip.peripherals.f0_usart import F0Usart
from swdflash.sim.chip.peripherals.flash_array import FlashArray
from swdflash.sim.chip.peripherals.information_block import InformationBlock, block_span
from swdflash.sim.chip.peripherals.iwdg import LSI_HZ
from swdflash.sim.chip.peripherals.moder_gpio import Resets
from swdflash.sim.chip.peripherals.pwr import Pwr
from swdflash.sim.chip.peripherals.system_memory import SystemMemory
from swdflash.sim.chip.peripherals.usart import Usart
from swdflash.sim.chip.rom.f0 import F0Rom
from swdflash.sim.chip.rom.machine import Machine, RomProgram

ENABLES = ("AHB", "APB1", "APB2")
WITHOUT_WAIT_HZ = 24_000_000


class F0(Assembly):
    """Everything of an STM32F071/072 but its core: a `Periphery`."""

    facts = Facts(
        irqs=32,  # RM0091 §11.1.3, Table 37
        systick_calibration=6_000,  # RM0091 §11.1.2
        flash_irq=3,
        irq_of_exti=(5, 5, 6, 6, *(7,) * 12, 1, 2, 31),
        port_resets={"A": Resets(0x2800_0000, 0x0C00_0000, 0x2400_0000)},  # RM0091 §8.4
        lsi_hz=LSI_HZ,
        dbgmcu_cr=DBG_STOP | DBG_STANDBY,
    )
    controller: F0FlashInterface
    options: F0OptionBytes
    rcc: F0Rcc

    def build_memories(self, nonvolatile: NonVolatile, seed: int) -> None:
        """Flash with a controller like the STM32F1's."""
        chip, block = self.chip, nonvolatile.information_block
        self.options = F0OptionBytes(chip, block, block_span(chip).start)
        self.flash = FlashArray(
            chip.flash, nonvolatile.flash, nonvolatile.erase_counts, self.options, self.log
        )
        (bank,) = chip.flash.banks
        self.controller = F0FlashInterface(
            bank, chip.flash, self.flash, self.options, self.clock, self.log
        )
        self.controller.on_option_load = lambda: self.on_reset(ResetKind.OPTION_LOAD)
        self.information_block = InformationBlock(chip, block, self.controller, self.log)
        self.system_memory = SystemMemory(chip, block)
        self.attach(self.flash, self.controller, self.information_block)

    def build_clocks(self, hse_hz: int | None) -> None:
        """RCC and PWR."""
        at = self.chip.peripherals
        self.rcc = F0Rcc(at["RCC"], hse_hz, self.log)
        self.rcc.on_hclk = self._check_latency
        self.pwr = Pwr(at["PWR"], self.log)
        self.controller.hsi_on = lambda: self.rcc.hsi_on
        self.attach(self.rcc, self.pwr)

    def build_usarts(self) -> dict[str, Usart]:
        """All on one APB clock."""
        usarts: dict[str, Usart] = {
            name: F0Usart(base, self.clock, lambda: self.rcc.pclk1_hz, self.log)
            for name, base in self.chip.peripherals.items()
            if name.startswith("USART")
        }
        self.attach(*usarts.values())
        return usarts

    def enable_of(self, name: str) -> tuple[int, int, int] | None:
        """..EN in one of RCC's enable registers; ports are called IOPx there."""
        for bus in ENABLES:
            fields = self.chip.layouts[f"RCC_{bus}ENR"].fields
            field = fields.get(f"{name.replace('GPIO', 'IOP')}EN")
            if field is not None:
                registers = type(self.rcc)
                enr, rstr = getattr(registers, f"{bus}ENR"), getattr(registers, f"{bus}RSTR")
                return enr.offset, rstr.offset, field.lsb
        return None

    def rom_program(self, machine: Machine) -> RomProgram:
        """The bootloader in system memory."""
        return F0Rom(machine, self.chip, self.controller, self.flash, self.information_block)

    def boots_by(self, boot0: int, boot1: int) -> BootSource:
        """BOOT0 and the option bit nBOOT1 (RM0091 §2.5, Table 3)."""
        if not boot0:
            return BootSource.FLASH
        return BootSource.SYSTEM_MEMORY if self.options.nboot1 else BootSource.SRAM

    def memory_of(self, source: BootSource) -> Memory:
        """The memory that a boot source means."""
        memories: dict[BootSource, Memory] = {
            BootSource.FLASH: self.flash,
            BootSource.SYSTEM_MEMORY: self.system_memory,
            BootSource.SRAM: self.ram,
        }
        return memories[source]

    @property
    def memories(self) -> tuple[Memory, ...]:
        """What the core executes from."""
        return (self.ram, self.flash, self.information_block)

    @property
    def wait_states(self) -> int:
        """LATENCY."""
        return self.controller.ACR & 1

    def _check_latency(self, hclk_hz: int) -> None:
        """One wait state above 24 MHz (RM0091 §3.5.1)."""
        latency = self.wait_states
        if hclk_hz > WITHOUT_WAIT_HZ * (latency + 1):
            self.log(f"FLASH_ACR: LATENCY {latency} is too low for {hclk_hz} Hz (RM0091 §3.5.1)")
