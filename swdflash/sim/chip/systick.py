"""SysTick (DDI 0403 §B3.3): counts the processor clock, or HCLK/8 on STM32F1 (RM0008 §8.2)."""

from __future__ import annotations

from collections.abc import Callable

from swdflash.memory import Span
from swdflash.sim.bus import Master, ResetKind
from swdflash.sim.clock import PS_PER_S, Alarm, Clock

_CSR, _RVR, _CVR, _CALIB = 0x0, 0x4, 0x8, 0xC
_ENABLE, _TICKINT, _CLKSOURCE, _COUNTFLAG = 1 << 0, 1 << 1, 1 << 2, 1 << 16


class SysTick:
    """A `Device`. The counter is computed when it is read; an alarm marks when it reaches zero."""

    timed = range(_CVR, _CVR + 4)

    def __init__(self, clock: Clock, hz: Callable[[], int], on_tick: Callable[[], None]) -> None:
        self.span = Span(0xE000_E010, 0x10)
        self._clock = clock
        self._hz = hz
        self._on_tick = on_tick
        self._alarm: Alarm | None = None
        self._control = self._reload = 0
        self._count = 0  # the counter at `_since_ps`
        self._since_ps = 0
        self._rate = 1
        self._halted = False
        self.calibration = 9000  # RM0008 §10.1.2: 1 ms at 9 MHz

    def reset(self, _kind: ResetKind) -> None:
        """Stopped and zero."""
        self._control = self._reload = self._count = 0
        self._plan()

    def read(self, offset: int, size: int, _master: Master) -> int:
        """Reading CSR clears COUNTFLAG; a debugger's read does not (DDI 0403 §B3.3.3)."""
        word = self._word(offset & ~3)
        if offset & ~3 == _CSR and _master is Master.CORE:
            self._control &= ~_COUNTFLAG
        return word >> 8 * (offset & 3) & (1 << 8 * size) - 1

    def write(self, offset: int, _size: int, value: int, _master: Master) -> None:
        """A write of any value to CVR clears it and COUNTFLAG."""
        self._settle()
        if offset == _CSR:
            self._control = self._control & _COUNTFLAG | value & 7
        elif offset == _RVR:
            self._reload = value & 0xFF_FFFF
        elif offset == _CVR:
            self._count = 0
            self._control &= ~_COUNTFLAG
        self._plan()

    def set_halted(self, halted: bool) -> None:
        """The counter stands still: the core is halted for debugging, or its clock is off."""
        if halted != self._halted:
            self._settle()
            self._halted = halted
            self._plan()

    def retime(self) -> None:
        """The processor clock has another rate now."""
        if self._control & _ENABLE:
            self._settle()
            self._plan()

    def _word(self, register: int) -> int:
        if register == _CVR:
            self._settle()
            return self._count
        if register == _CALIB:
            return self.calibration
        return self._control if register == _CSR else self._reload

    @property
    def _running(self) -> bool:
        return bool(self._control & _ENABLE) and not self._halted

    def _ticks(self) -> int:
        return (self._clock.now_ps - self._since_ps) * self._rate // PS_PER_S

    def _settle(self) -> None:
        """Bring `_count` to the present; zeros on the way have had their alarms."""
        if not self._running:
            return
        ticks = self._ticks()
        self._since_ps += ticks * PS_PER_S // self._rate
        if ticks <= self._count:
            self._count -= ticks
        elif self._reload:
            self._count = self._reload - (ticks - self._count - 1) % (self._reload + 1)
        else:
            self._count = 0

    def _plan(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        self._since_ps = self._clock.now_ps
        self._rate = self._hz() if self._control & _CLKSOURCE else self._hz() // 8
        if self._running and (self._count or self._reload):
            self._await_zero(self._count or self._reload + 1)

    def _await_zero(self, ticks: int) -> None:
        at_ps = self._since_ps - (-ticks * PS_PER_S // self._rate)
        self._alarm = self._clock.alarm(at_ps, self._reach_zero)

    def _reach_zero(self) -> None:
        ticks = self._count or self._reload + 1
        # Counted from where the last period ended, so that nothing is lost to rounding for long.
        self._since_ps -= -ticks * PS_PER_S // self._rate
        self._count = 0
        self._control |= _COUNTFLAG
        self._alarm = None
        if self._reload:
            self._await_zero(self._reload + 1)
        if self._control & _TICKINT:
            self._on_tick()
