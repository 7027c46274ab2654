"""How the bootloader of the STM32F1 drives the flash controller (PM0075 §2.3)."""

from __future__ import annotations

from collections.abc import Sequence

from swdflash.chips.chip import Chip
from swdflash.memory import Span
from swdflash.sim.bus import Master
from swdflash.sim.chip.peripherals.flash import (
    CR_LOCK,
    CR_MER,
    CR_OPTER,
    CR_OPTPG,
    CR_PER,
    CR_PG,
    CR_STRT,
    KEY1,
    KEY2,
    SR_PGERR,
    FlashController,
    FlashInterface,
)
from swdflash.sim.chip.peripherals.flash_array import FlashArray
from swdflash.sim.chip.peripherals.information_block import InformationBlock
from swdflash.sim.chip.rom.machine import Machine
from swdflash.sim.clock import PS_PER_S

HCLK_HZ = 24_000_000
WORD_CYCLES = 70  # of the ROM's code, for each word that it programs
WORD_PS = WORD_CYCLES * PS_PER_S // HCLK_HZ


class F1RomFlash:
    """Main flash and option bytes through FPEC's registers. Every verb raises `RomStopped`.

    The ROM looks at BSY and PGERR and at no other flag: what is write-protected stays as it is
    without a word.
    """

    def __init__(
        self,
        machine: Machine,
        chip: Chip,
        array: FlashArray,
        controllers: Sequence[FlashController],
        block: InformationBlock,
    ) -> None:
        self._machine = machine
        self._array = array
        self._controllers = controllers
        self._block = block
        self._options = chip.option_bytes

    def program(self, address: int, data: bytes) -> None:
        """Half-words, a word at a time; where the first one fails, its second is left out."""
        controller = self._controller(address)
        self._unlock(controller)
        self._set(controller, FlashController.CR.offset, CR_PG)
        for offset in range(0, len(data), 4):
            for half in (0, 2):
                at = address + offset + half
                value = int.from_bytes(data[offset + half : offset + half + 2], "little")
                self._array.write(at - self._array.span.start, 2, value, Master.CORE)
                self._wait(controller)
                if controller.SR & SR_PGERR:
                    self._set(controller, FlashController.SR.offset, SR_PGERR)
                    break
            self._machine.run_until(self._machine.clock.now_ps + WORD_PS)
        self._set(controller, FlashController.CR.offset, 0)

    def erase_page(self, address: int) -> None:
        """One page; an address that is in none erases none."""
        controller = self._controller(address)
        self._unlock(controller)
        self._set(controller, FlashController.CR.offset, CR_PER)
        self._set(controller, FlashController.AR.offset, address)
        self._set(controller, FlashController.CR.offset, CR_PER | CR_STRT)
        self._wait(controller)
        self._set(controller, FlashController.CR.offset, 0)

    def mass_erase(self, banks: Sequence[int]) -> None:
        """These banks, one after the other."""
        for bank in banks:
            controller = self._controllers[bank]
            self._unlock(controller)
            self._set(controller, FlashController.CR.offset, CR_MER)
            self._set(controller, FlashController.CR.offset, CR_MER | CR_STRT)
            self._wait(controller)
            self._set(controller, FlashController.CR.offset, 0)

    @property
    def bank_count(self) -> int:
        """Controllers: two on XL-density."""
        return len(self._controllers)

    def option_values(self) -> bytes:
        """The option bytes as they are programmed, without their complements."""
        start = self._options.start - self._block.span.start
        return bytes(self._block.buffer[start : start + self._options.size : 2])

    def set_options(self, values: dict[int, int]) -> None:
        """Erase them all, then program these, by their number, in this order."""
        controller = self._controllers[0]
        assert isinstance(controller, FlashInterface)
        self._unlock(controller)
        for key in (KEY1, KEY2):
            self._set(controller, FlashInterface.OPTKEYR.offset, key)
        self._set(controller, FlashController.CR.offset, controller.CR | CR_OPTER)
        self._set(controller, FlashController.CR.offset, controller.CR | CR_STRT)
        self._wait(controller)
        self._set(controller, FlashController.CR.offset, controller.CR & ~CR_OPTER | CR_OPTPG)
        for number, value in values.items():
            at = self._options.start + 2 * number - self._block.span.start
            self._block.write(at, 2, value, Master.CORE)
            self._wait(controller)
        self._set(controller, FlashController.CR.offset, controller.CR & ~CR_OPTPG)

    def covers(self, span: Span) -> bool:
        """Whether it all is main flash."""
        return self._array.span.covers(span)

    def _controller(self, address: int) -> FlashController:
        for controller in self._controllers:
            if address in controller.bank.span:
                return controller
        return self._controllers[0]

    def _unlock(self, controller: FlashController) -> None:
        self._wait(controller)
        if controller.CR & CR_LOCK:
            for key in (KEY1, KEY2):
                self._set(controller, FlashController.KEYR.offset, key)

    def _set(self, controller: FlashController, offset: int, value: int) -> None:
        controller.write(offset, 4, value, Master.CORE)

    def _wait(self, controller: FlashController) -> None:
        while (over_ps := controller.busy_until_ps) is not None:
            self._machine.run_until(over_ps)
