"""Real-time clock (RM0008 §18): counts in the backup domain, through resets and Standby.

Its alarm is what wakes a chip that has nothing else left. Seconds and overflow are not signalled.
"""

from __future__ import annotations

from collections.abc import Callable

from swdflash.sim.bus import ResetKind
from swdflash.sim.chip.peripherals.registers import Log, Register, RegisterBlock, no_log
from swdflash.sim.clock import PS_PER_S, Alarm, Clock

CRH_ALRIE = 1 << 1
CRL_ALRF, CRL_RSF, CRL_CNF, CRL_RTOFF = 1 << 1, 1 << 3, 1 << 4, 1 << 5
CRL_FLAGS = 0xF
BACKUP = frozenset(ResetKind) - {ResetKind.POWER_ON}  # nothing is at VBAT


class Rtc(RegisterBlock):
    """`hz()` is RTCCLK, 0 without one. `alarmed()` is EXTI line 17; `interrupt(level)` IRQ 3.

    A write ends at once: RTOFF and RSF never keep firmware waiting.
    """

    timed = range(0x10, 0x20)  # DIV and CNT move with time alone

    CRH = Register(0x00, writable=0x7)
    CRL = Register(0x04, reset=CRL_RTOFF)
    PRLH = Register(0x08, write_only=True, survives=BACKUP)
    PRLL = Register(0x0C, reset=0x8000, write_only=True, survives=BACKUP)
    DIVH = Register(0x10, writable=0)
    DIVL = Register(0x14, writable=0)
    CNTH = Register(0x18, survives=BACKUP)
    CNTL = Register(0x1C, survives=BACKUP)
    ALRH = Register(0x20, reset=0xFFFF, write_only=True, survives=BACKUP)
    ALRL = Register(0x24, reset=0xFFFF, write_only=True, survives=BACKUP)

    def __init__(self, base: int, clock: Clock, hz: Callable[[], int], log: Log = no_log) -> None:
        super().__init__(base, log)
        self.clock = clock
        self.hz = hz
        self.unlocked: Callable[[], bool] = lambda: True
        self.alarmed: Callable[[], None] = lambda: None
        self.interrupt: Callable[[bool], None] = lambda _level: None
        self._rate = 0
        self._since_ps = 0  # when CNTH and CNTL were the count
        self._alarm: Alarm | None = None

    def reset(self, kind: ResetKind) -> None:
        """Only CRH and CRL are reset with the system (§18.3.2)."""
        super().reset(kind)
        self.interrupt(False)
        if kind is ResetKind.POWER_ON:
            self._rate = 0
            self._plan()

    def reset_backup(self) -> None:
        """RCC_BDCR.BDRST."""
        self.reset(ResetKind.POWER_ON)

    def retime(self) -> None:
        """RTCCLK may be another one now."""
        rate = self.hz()
        if rate != self._rate:
            self._settle()
            self._rate = rate
            self._plan()

    @property
    def count(self) -> int:
        """CNT, both halves."""
        base = self.CNTH << 16 | self.CNTL
        if not self._rate:
            return base
        return base + (self.clock.now_ps - self._since_ps) // self._tick_ps & 0xFFFF_FFFF

    @property
    def _tick_ps(self) -> int:
        prescaler = (self.PRLH & 0xF) << 16 | self.PRLL
        return (prescaler + 1) * PS_PER_S // (self._rate or 1)

    @CNTH.reads
    def _cnth(self) -> int:
        return self.count >> 16

    @CNTL.reads
    def _cntl(self) -> int:
        return self.count & 0xFFFF

    @CRH.writes
    def _crh(self, value: int) -> None:
        self.CRH = value & 0x7
        self._update_interrupt()

    @CRL.reads
    def _read_crl(self) -> int:
        return self.CRL | (CRL_RSF if self._rate else 0)

    @CRL.writes
    def _crl(self, value: int) -> None:
        self.CRL = CRL_RTOFF | value & CRL_CNF | self.CRL & value & CRL_FLAGS  # rc_w0
        self._update_interrupt()

    @PRLH.writes
    def _prlh(self, value: int) -> None:
        self._configure(Rtc.PRLH, value & 0xF)

    @PRLL.writes
    def _prll(self, value: int) -> None:
        self._configure(Rtc.PRLL, value & 0xFFFF)

    @CNTH.writes
    def _write_cnth(self, value: int) -> None:
        self._configure(Rtc.CNTH, value & 0xFFFF)

    @CNTL.writes
    def _write_cntl(self, value: int) -> None:
        self._configure(Rtc.CNTL, value & 0xFFFF)

    @ALRH.writes
    def _alrh(self, value: int) -> None:
        self._configure(Rtc.ALRH, value & 0xFFFF)

    @ALRL.writes
    def _alrl(self, value: int) -> None:
        self._configure(Rtc.ALRL, value & 0xFFFF)

    def _configure(self, register: Register, value: int) -> None:
        """Only in configuration mode, and with DBP set (§18.3.4)."""
        if not self.unlocked():
            self.log("RTC: write-protected; set DBP in PWR_CR first (RM0008 §5.1.2)")
        elif not self.CRL & CRL_CNF:
            self.log("RTC: not in configuration mode; set CNF in RTC_CRL first (RM0008 §18.3.4)")
        else:
            self._settle()
            self.values[register.offset] = value
            self._plan()

    def _settle(self) -> None:
        count = self.count
        self.CNTH, self.CNTL = count >> 16, count & 0xFFFF
        self._since_ps = self.clock.now_ps

    def _plan(self) -> None:
        """Set the alarm for when CNT reaches ALR, counting from now."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        self._since_ps = self.clock.now_ps
        ticks = (self.ALRH << 16 | self.ALRL) - (self.CNTH << 16 | self.CNTL)
        if self._rate and ticks > 0:
            at_ps = self._since_ps + ticks * self._tick_ps
            self._alarm = self.clock.alarm(at_ps, self._reach_alarm)

    def _reach_alarm(self) -> None:
        self._alarm = None
        self.CRL |= CRL_ALRF
        self._update_interrupt()
        self.alarmed()

    def _update_interrupt(self) -> None:
        self.interrupt(bool(self.CRL & CRL_ALRF and self.CRH & CRH_ALRIE))
