"""MCU debug component of the families after the STM32F1: freeze bits have registers of their own.

RM0090 §38.16 (STM32F4), RM0091 §32.9 (STM32F0).
"""

from __future__ import annotations

from collections.abc import Callable

from swdflash.sim.bus import Master, ResetKind
from swdflash.sim.chip.peripherals.registers import Log, Register, RegisterBlock, no_log
from swdflash.sim.chip.power_mode import PowerMode

DBG_SLEEP, DBG_STOP, DBG_STANDBY = 1 << 0, 1 << 1, 1 << 2
DBG_WWDG_STOP, DBG_IWDG_STOP = 1 << 11, 1 << 12
POWERED = frozenset(kind for kind in ResetKind if not kind.of_supply)


class DbgmcuFz(RegisterBlock):
    """Registers "asynchronously reset by the PORESET (and not the system reset)" (§38.16.3).

    `program_sees` is whether a program's accesses are taken: RCC's DBGMCUEN on STM32F0. A
    debugger's are, "even while the MCU is under system reset" (RM0091 §32.4.1): without that clock.
    """

    on_apb = False

    IDCODE = Register(0x00, writable=0)
    CR = Register(0x04, survives=POWERED)
    APB1_FZ = Register(0x08, survives=POWERED)
    APB2_FZ = Register(0x0C, survives=POWERED)

    def __init__(self, base: int, idcode: int, writable: int, log: Log = no_log) -> None:
        """`writable` are CR's bits."""
        super().__init__(base, log)
        self._idcode = idcode
        self._writable = writable
        self.program_sees: Callable[[], bool] = lambda: True

    @IDCODE.reads
    def _read_idcode(self) -> int:
        return self._idcode

    @CR.writes
    def _cr(self, value: int) -> None:
        self.CR = value & self._writable

    def read(self, offset: int, size: int, master: Master) -> int:
        """0 to a program without the clock."""
        if master is Master.CORE and not self.program_sees():
            return 0
        return super().read(offset, size, master)

    def write(self, offset: int, size: int, value: int, master: Master) -> None:
        """Lost from a program without the clock."""
        if master is Master.CORE and not self.program_sees():
            self.log("DBGMCU: write while its clock is not enabled is lost (RM0091 §6.4.7)")
            return
        super().write(offset, size, value, master)

    def keeps_hclk(self, mode: PowerMode) -> bool:
        """Whether HCLK goes on; where there is no DBG_SLEEP it always does in Sleep."""
        bit = {
            PowerMode.SLEEP: DBG_SLEEP,
            PowerMode.STOP: DBG_STOP,
            PowerMode.STANDBY: DBG_STANDBY,
        }[mode]
        return not bit & self._writable or bool(self.CR & bit)

    @property
    def freezes_iwdg(self) -> bool:
        """The independent watchdog stands still while the core is halted."""
        return bool(self.APB1_FZ & DBG_IWDG_STOP)

    @property
    def freezes_wwdg(self) -> bool:
        """The window watchdog stands still while the core is halted."""
        return bool(self.APB1_FZ & DBG_WWDG_STOP)
