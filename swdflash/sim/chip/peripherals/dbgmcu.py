"""MCU debug component (RM0008 §31.16)."""

from __future__ import annotations

from swdflash.sim.bus import Master, ResetKind
from swdflash.sim.chip.peripherals.registers import Log, Register, RegisterBlock, no_log

DBG_SLEEP, DBG_STOP, DBG_STANDBY = 1 << 0, 1 << 1, 1 << 2
DBG_IWDG_STOP, DBG_WWDG_STOP = 1 << 8, 1 << 9
HIDDEN_FROM_CORE = frozenset((0x410, 0x412, 0x414, 0x430))  # note at HAL_GetDEVID, STM32CubeF1


class Dbgmcu(RegisterBlock):
    """CR "is asynchronously reset by the PORESET (and not the system reset)" (§31.16.3)."""

    on_apb = False

    IDCODE = Register(0x00, writable=0)
    CR = Register(
        0x04,
        writable=0x003F_FFE7,
        survives=frozenset(kind for kind in ResetKind if not kind.of_supply),
    )

    def __init__(self, base: int, idcode: int, log: Log = no_log) -> None:
        super().__init__(base, log)
        self._idcode = idcode

    @IDCODE.reads
    def _read_idcode(self) -> int:
        return self._idcode

    def read(self, offset: int, size: int, master: Master) -> int:
        """User code of an F101 or F103 reads 0 (ES0340 §2.3); its writes count (§31.16.3)."""
        if master is Master.CORE and self._idcode & 0xFFF in HIDDEN_FROM_CORE:
            return 0
        return super().read(offset, size, master)

    def keeps_hclk(self, bit: int) -> bool:
        """Whether HCLK goes on in a low-power mode: by DBG_SLEEP, DBG_STOP or DBG_STANDBY."""
        return bool(self.CR & bit)

    @property
    def freezes_iwdg(self) -> bool:
        """The independent watchdog stands still while the core is halted."""
        return bool(self.CR & DBG_IWDG_STOP)

    @property
    def freezes_wwdg(self) -> bool:
        """The window watchdog stands still while the core is halted."""
        return bool(self.CR & DBG_WWDG_STOP)
