"""Window watchdog (RM0008 §20), on PCLK1."""

from __future__ import annotations

from collections.abc import Callable

from swdflash.sim.bus import ResetKind
from swdflash.sim.chip.peripherals.registers import Log, Register, RegisterBlock, no_log
from swdflash.sim.clock import PS_PER_S, Alarm, Clock

CR_WDGA, CR_T = 1 << 7, 0x7F
T6 = 1 << 6


class Wwdg(RegisterBlock):
    """Resets when T6 falls, or on a refresh while the counter is above the window."""

    CR = Register(0x00, reset=0x7F, writable=0xFF)
    CFR = Register(0x04, reset=0x7F, writable=0x3FF)
    SR = Register(0x08, writable=0)

    def __init__(
        self,
        base: int,
        clock: Clock,
        pclk1_hz: Callable[[], int],
        expired: Callable[[], None],
        frozen: Callable[[], bool] = lambda: False,
        log: Log = no_log,
    ) -> None:
        super().__init__(base, log)
        self.clock = clock
        self.pclk1_hz = pclk1_hz
        self.expired = expired
        self.frozen = frozen
        self._alarm: Alarm | None = None

    def reset(self, kind: ResetKind) -> None:
        """Off, counter full."""
        super().reset(kind)
        self._cancel()

    @CR.writes
    def _cr(self, value: int) -> None:
        active = (self.CR | value) & CR_WDGA  # only a reset clears WDGA
        too_early = self.CR & CR_WDGA and (self.CR & CR_T) > (self.CFR & CR_T)
        self.CR = active | value & CR_T
        if active and (too_early or not value & T6):
            self._cancel()
            self._alarm = self.clock.alarm(self.clock.now_ps, self.expired)
        elif active and self._alarm is None:
            self._count()

    def _count(self) -> None:
        ticks = 4096 << (self.CFR >> 7 & 3)
        tick_ps = round(ticks * PS_PER_S / self.pclk1_hz())
        self._alarm = self.clock.alarm(self.clock.now_ps + tick_ps, self._tick)

    def _tick(self) -> None:
        if not self.frozen():
            self.CR = self.CR & CR_WDGA | (self.CR - 1) & CR_T
        if self.CR & T6:
            self._count()
        else:
            self.expired()

    def _cancel(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
