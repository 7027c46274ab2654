"""The flash interface of the STM32F0 (RM0091 §3): the STM32F1's, and levels of protection.

Option bytes are not loaded by every reset, but when power comes on and by OBL_LAUNCH (RM0091 §4).
"""

from __future__ import annotations

from collections.abc import Callable

from swdflash.chips.chip import Bank, Flash
from swdflash.sim.bus import Master, ResetKind
from swdflash.sim.chip.peripherals.flash import CR_LOCK, FlashInterface
from swdflash.sim.chip.peripherals.flash_array import FlashArray
from swdflash.sim.chip.peripherals.option_bytes import DATA0, DATA1, USER, OptionBytes
from swdflash.sim.chip.peripherals.registers import Log, Register, no_log
from swdflash.sim.clock import Clock

CR_OBL_LAUNCH = 1 << 13
USER_NBOOT1 = 1 << 4


class F0OptionBytes(OptionBytes):
    """What the last loading brought."""

    guards_first_pages = False

    @property
    def nboot1(self) -> bool:
        """With BOOT0 high: system memory, not SRAM (RM0091 §2.5, Table 3)."""
        return bool(self.user & USER_NBOOT1)

    @property
    def obr(self) -> int:
        """FLASH_OBR: RDPRT is 0, 1 or 3 (RM0091 §3.5.7)."""
        rdprt = 3 if self.level_2 else int(self.rdp_active)
        loaded = self._loaded
        return (
            self._error | rdprt << 1 | loaded[USER] << 8 | loaded[DATA0] << 16 | loaded[DATA1] << 24
        )


class F0FlashInterface(FlashInterface):
    """`on_option_load()` is OBL_LAUNCH: a reset that loads the option bytes."""

    OBR = Register(0x1C, writable=0)
    OBR.reader = FlashInterface.OBR.reader

    def __init__(
        self,
        bank: Bank,
        flash: Flash,
        array: FlashArray,
        options: OptionBytes,
        clock: Clock,
        log: Log = no_log,
    ) -> None:
        super().__init__(bank, flash, array, options, clock, log)
        self.on_option_load: Callable[[], None] = lambda: None

    def write(self, offset: int, size: int, value: int, master: Master) -> None:
        """CR has one bit more (RM0091 §3.5.5)."""
        launches = offset == type(self).CR.offset and value & CR_OBL_LAUNCH
        if launches and not self.CR & CR_LOCK and not self.busy:
            self.on_option_load()
        else:
            super().write(offset, size, value, master)

    def program_option(self, address: int, size: int, value: int, master: Master) -> None:
        """Level 2 cannot be changed any more (RM0091 §3.3.1)."""
        if self.options.level_2:
            self.log("option bytes: level 2 cannot be changed any more (RM0091 §3.3.1)")
            return
        super().program_option(address, size, value, master)

    def reloads_options(self, kind: ResetKind) -> bool:
        """Power-on, or OBL_LAUNCH."""
        return kind.of_supply or kind is ResetKind.OPTION_LOAD
