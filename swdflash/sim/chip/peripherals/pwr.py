"""Power control (RM0008 §5): which sleep the core's SLEEPDEEP means."""

from __future__ import annotations

from swdflash.sim.bus import ResetKind
from swdflash.sim.chip.peripherals.registers import Register, RegisterBlock

CR_PDDS, CR_CWUF, CR_CSBF, CR_DBP = 1 << 1, 1 << 2, 1 << 3, 1 << 8
CSR_WUF, CSR_SBF, CSR_EWUP = 1 << 0, 1 << 1, 1 << 8
KEPT = frozenset(ResetKind) - {ResetKind.POWER_ON}


class Pwr(RegisterBlock):
    """Control and status; SBF says that the chip was in Standby."""

    CR = Register(0x00, writable=0x1F3)
    CSR = Register(0x04, writable=CSR_EWUP, survives=KEPT)  # not reset by leaving Standby

    @property
    def standby(self) -> bool:
        """Deep sleep means Standby (PDDS), not Stop."""
        return bool(self.CR & CR_PDDS)

    @property
    def backup_unlocked(self) -> bool:
        """Whether RTC, backup registers and RCC_BDCR may be written (DBP)."""
        return bool(self.CR & CR_DBP)

    @property
    def wakes_by_pin(self) -> bool:
        """Whether a rising edge on PA0 ends Standby (EWUP)."""
        return bool(self.CSR & CSR_EWUP)

    def left_standby(self) -> None:
        """The chip comes out of Standby as from a reset, with SBF set."""
        self.CSR |= CSR_SBF

    def woken(self) -> None:
        """The RTC's alarm or the WKUP pin ended Standby."""
        self.CSR |= CSR_WUF

    @CR.writes
    def _cr(self, value: int) -> None:
        cleared = (CSR_WUF if value & CR_CWUF else 0) | (CSR_SBF if value & CR_CSBF else 0)
        self.CSR &= ~cleared
        self.CR = value & type(self).CR.writable
