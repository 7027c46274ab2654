"""An STM32F4's memories and peripherals, put together on a bus (RM0090 §2.3, Table 1)."""

from __future__ import annotations

from collections.abc import Callable

from swdflash.sim.chip.assembly import Assembly, Facts
from swdflash.sim.chip.boot_alias import BootSource
from swdflash.sim.chip.memory import DataRam, Memory
from swdflash.sim.chip.nonvolatile import NonVolatile
from swdflash.sim.chip.peripherals.dbgmcu_fz import DBG_SLEEP, DBG_STANDBY, DBG_STOP
from swdflash.sim.chip.peripherals.exti import IRQ_OF_LINE
from swdflash.sim.chip.peripherals.f4_flash import F4Flash
from swdflash.sim.chip.peripherals.f4_options import F4Options
from swdflash.sim.chip.peripherals.f4_pwr import F4Pwr
from swdflash.sim.chip.peripherals.f4_rcc import LSI_HZ, F4Rcc
from swdflash.sim.chip.peripherals.flash_array import FlashArray
from swdflash.sim.chip.peripherals.information_block import InformationBlock, block_span
from swdflash.sim.chip.peripherals.moder_gpio import Resets
from swdflash.sim.chip.peripherals.usart import Usart
from swdflash.sim.chip.rom.f4 import F4Rom
from swdflash.sim.chip.rom.machine import Machine, RomProgram

TRACE = 0xE0  # TRACE_IOEN, TRACE_MODE
ENABLES = ("AHB1", "APB1", "APB2")
ON_APB2 = ("USART1", "USART6")
# One wait state for each 30 MHz begun after the first, from 2.7 V on (RM0090 §3.5.1, Table 10)
WITHOUT_WAIT_HZ = 30_000_000


class F4(Assembly):
    """Everything of an STM32F405/407/415/417 but its core: a `Periphery`."""

    facts = Facts(
        irqs=82,  # RM0090 §12.1.3, Table 62
        systick_calibration=18_750,  # RM0090 §12.1.2
        flash_irq=4,
        irq_of_exti=IRQ_OF_LINE,  # the same lines as on STM32F1
        port_resets={  # RM0090 §8.4
            "A": Resets(0xA800_0000, 0x0C00_0000, 0x6400_0000),
            "B": Resets(0x0000_0280, 0x0000_00C0, 0x0000_0100),
        },
        lsi_hz=LSI_HZ,
        dbgmcu_cr=DBG_SLEEP | DBG_STOP | DBG_STANDBY | TRACE,
    )
    controller: F4Flash
    options: F4Options
    rcc: F4Rcc

    def build_memories(self, nonvolatile: NonVolatile, seed: int) -> None:
        """CCM beside SRAM; one flash interface."""
        chip, block = self.chip, nonvolatile.information_block
        self.ccm = DataRam(chip.sram[1], seed=seed + 1)
        self.options = F4Options(chip, block, block_span(chip).start)
        self.flash = FlashArray(
            chip.flash, nonvolatile.flash, nonvolatile.erase_counts, self.options, self.log
        )
        base = chip.peripherals["FLASH"]
        self.controller = F4Flash(base, chip.flash, self.flash, self.options, self.clock, self.log)
        self.information_block = InformationBlock(chip, block, self.controller, self.log)
        self.attach(self.ccm, self.flash, self.controller, self.information_block)

    def build_clocks(self, hse_hz: int | None) -> None:
        """RCC and PWR."""
        at = self.chip.peripherals
        self.rcc = F4Rcc(at["RCC"], hse_hz, self.log)
        self.rcc.on_hclk = self._check_latency
        self.pwr = F4Pwr(at["PWR"], self.log)
        self.attach(self.rcc, self.pwr)

    def build_usarts(self) -> dict[str, Usart]:
        """The same peripheral as on STM32F1."""
        usarts = {
            name: Usart(base, self.clock, self._pclk_of(name), self.log)
            for name, base in self.chip.peripherals.items()
            if name.startswith("USART")
        }
        self.attach(*usarts.values())
        return usarts

    def _pclk_of(self, name: str) -> Callable[[], int]:
        rcc = self.rcc
        return (lambda: rcc.pclk2_hz) if name in ON_APB2 else (lambda: rcc.pclk1_hz)

    def enable_of(self, name: str) -> tuple[int, int, int] | None:
        """..EN in one of RCC's enable registers."""
        for bus in ENABLES:
            field = self.chip.layouts[f"RCC_{bus}ENR"].fields.get(f"{name}EN")
            if field is not None:
                registers = type(self.rcc)
                enr, rstr = getattr(registers, f"{bus}ENR"), getattr(registers, f"{bus}RSTR")
                return enr.offset, rstr.offset, field.lsb
        return None

    def rom_program(self, machine: Machine) -> RomProgram:
        """The bootloader in system memory."""
        return F4Rom(machine, self.chip, self.controller, self.options)

    def boots_by(self, boot0: int, boot1: int) -> BootSource:
        """By the pins alone (RM0090 §2.4)."""
        return BootSource.chosen(boot0, boot1)

    def memory_of(self, source: BootSource) -> Memory:
        """The memory that a boot source means."""
        memories: dict[BootSource, Memory] = {
            BootSource.FLASH: self.flash,
            BootSource.SYSTEM_MEMORY: self.information_block,
            BootSource.SRAM: self.ram,
        }
        return memories[source]

    @property
    def memories(self) -> tuple[Memory, ...]:
        """CCM for data alone."""
        return (self.ram, self.ccm, self.flash, self.information_block)

    @property
    def wait_states(self) -> int:
        """LATENCY; what ART hides of them is not counted."""
        return self.controller.ACR & 7

    def _check_latency(self, hclk_hz: int) -> None:
        latency = self.wait_states
        if hclk_hz > WITHOUT_WAIT_HZ * (latency + 1):
            self.log(f"FLASH_ACR: LATENCY {latency} is too low for {hclk_hz} Hz (RM0090 §3.5.1)")
