"""General-purpose timer (RM0008 §15): counts up and updates; captures and compares nothing."""

from __future__ import annotations

from collections.abc import Callable

from swdflash.sim.bus import ResetKind
from swdflash.sim.chip.peripherals.registers import Log, Register, RegisterBlock, no_log
from swdflash.sim.clock import PS_PER_S, Alarm, Clock

CR1_CEN, CR1_UDIS, CR1_URS, CR1_OPM = 1 << 0, 1 << 1, 1 << 2, 1 << 3
UIE = UIF = UG = 1 << 0


class Timer(RegisterBlock):
    """CNT is computed when it is read; an alarm marks the update event.

    `hz()` is the timer's clock; `interrupt(level)` its line to the NVIC. A new PSC or ARR counts
    at once, as without preload, but that PSC waits for an update on the chip.
    """

    timed = range(0x24, 0x28)  # CNT moves with time alone

    CR1 = Register(0x00, writable=0x3FF)
    CR2 = Register(0x04, writable=0xF8)
    SMCR = Register(0x08, writable=0xFFF7)
    DIER = Register(0x0C, writable=0x5F5F)
    SR = Register(0x10)
    EGR = Register(0x14, write_only=True)
    CCMR1 = Register(0x18, writable=0xFFFF)
    CCMR2 = Register(0x1C, writable=0xFFFF)
    CCER = Register(0x20, writable=0x3333)
    CNT = Register(0x24, writable=0xFFFF)
    PSC = Register(0x28, writable=0xFFFF)
    ARR = Register(0x2C, reset=0xFFFF, writable=0xFFFF)
    CCR1 = Register(0x34, writable=0xFFFF)
    CCR2 = Register(0x38, writable=0xFFFF)
    CCR3 = Register(0x3C, writable=0xFFFF)
    CCR4 = Register(0x40, writable=0xFFFF)

    def __init__(
        self, base: int, timer: str, clock: Clock, hz: Callable[[], int], log: Log = no_log
    ) -> None:
        super().__init__(base, log)
        self.timer = timer
        self.clock = clock
        self.hz = hz
        self.interrupt: Callable[[bool], None] = lambda _level: None
        self._alarm: Alarm | None = None
        self._since_ps = 0  # when CNT was what the register holds
        self._clocked = True

    @property
    def name(self) -> str:
        """E.g. TIM2."""
        return self.timer

    def reset(self, kind: ResetKind) -> None:
        """Stopped."""
        super().reset(kind)
        self._plan()

    def set_clocked(self, clocked: bool) -> None:
        """HCLK and with it the timer's clock stop and go on."""
        if clocked != self._clocked:
            self.CNT = self._count()
            self._clocked = clocked
            self._plan()

    @property
    def _counting(self) -> bool:
        return self._clocked and bool(self.CR1 & CR1_CEN)

    @property
    def _tick_ps(self) -> int:
        return (self.PSC + 1) * PS_PER_S // self.hz()

    @CNT.reads
    def _count(self) -> int:
        if not self._counting:
            return self.CNT
        return min(self.CNT + (self.clock.now_ps - self._since_ps) // self._tick_ps, self.ARR)

    @CNT.writes
    def _cnt(self, value: int) -> None:
        self.CNT = value & 0xFFFF
        self._plan()

    @CR1.writes
    def _cr1(self, value: int) -> None:
        self.CNT = self._count()
        self.CR1 = value & type(self).CR1.writable
        self._plan()

    @PSC.writes
    def _psc(self, value: int) -> None:
        self.CNT = self._count()
        self.PSC = value & 0xFFFF
        self._plan()

    @ARR.writes
    def _arr(self, value: int) -> None:
        self.CNT = self._count()
        self.ARR = value & 0xFFFF
        self._plan()

    @DIER.writes
    def _dier(self, value: int) -> None:
        self.DIER = value & type(self).DIER.writable
        self._update_interrupt()

    @SR.writes
    def _sr(self, value: int) -> None:
        self.SR &= value  # rc_w0
        self._update_interrupt()

    @EGR.writes
    def _egr(self, value: int) -> None:
        if value & UG:
            self._update(by_software=True)

    def _plan(self) -> None:
        """Set the alarm for the next update, counting from now."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        self._since_ps = self.clock.now_ps
        if self._counting and self.ARR:  # "the counter is blocked while ARR is null"
            ticks = self.ARR + 1 - self.CNT if self.CNT <= self.ARR else 0x1_0000 - self.CNT
            at_ps = self._since_ps + ticks * self._tick_ps
            self._alarm = self.clock.alarm(at_ps, self._overflow)

    def _overflow(self) -> None:
        self._alarm = None
        self._update(by_software=False)

    def _update(self, *, by_software: bool) -> None:
        self.CNT = 0
        if not self.CR1 & CR1_UDIS and not (by_software and self.CR1 & CR1_URS):
            self.SR |= UIF
        if self.CR1 & CR1_OPM and not by_software:
            self.CR1 &= ~CR1_CEN
        self._plan()
        self._update_interrupt()

    def _update_interrupt(self) -> None:
        self.interrupt(bool(self.SR & UIF and self.DIER & UIE))
