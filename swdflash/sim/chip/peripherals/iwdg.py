"""Independent watchdog (RM0008 §19), on LSI: nothing but a reset stops it."""

from __future__ import annotations

from collections.abc import Callable

from swdflash.sim.bus import ResetKind
from swdflash.sim.chip.peripherals.registers import Log, Register, RegisterBlock, no_log
from swdflash.sim.clock import PS_PER_S, Alarm, Clock

LSI_HZ = 40_000  # typ; 30 to 60 kHz (DS5319 Table 25)
START, RELOAD, UNLOCK = 0xCCCC, 0xAAAA, 0x5555
SLICES = 16  # a freeze is noticed to a sixteenth of the timeout


class Iwdg(RegisterBlock):
    """`frozen()`: the core is halted and DBG_IWDG_STOP set. `expired()` resets the chip."""

    KR = Register(0x00, write_only=True)
    PR = Register(0x04, writable=0x7)
    RLR = Register(0x08, reset=0xFFF, writable=0xFFF)
    SR = Register(0x0C, writable=0)

    def __init__(
        self,
        base: int,
        clock: Clock,
        expired: Callable[[], None],
        frozen: Callable[[], bool] = lambda: False,
        log: Log = no_log,
        *,
        lsi_hz: int = LSI_HZ,
    ) -> None:
        super().__init__(base, log)
        self._lsi_hz = lsi_hz
        self.clock = clock
        self.expired = expired
        self.frozen = frozen
        self.running = False
        self._unlocked = False
        self._slices_left = 0
        self._alarm: Alarm | None = None

    @property
    def timeout_s(self) -> float:
        """From a reload to the reset (RM0008 §19.3, Table 96)."""
        prescaler = 4 << min(self.PR, 6)
        return prescaler * (self.RLR + 1) / self._lsi_hz

    def reset(self, kind: ResetKind) -> None:
        """The only thing that stops it."""
        super().reset(kind)
        self.running = self._unlocked = False
        self._cancel()

    def start(self) -> None:
        """By key, or by the option byte WDG_SW = 0 at reset."""
        self.running = True
        self._reload()

    @KR.writes
    def _kr(self, value: int) -> None:
        key = value & 0xFFFF
        self._unlocked = key == UNLOCK
        if key == START:
            self.start()
        elif key == RELOAD and self.running:
            self._reload()

    @PR.writes
    def _pr(self, value: int) -> None:
        if self._may_write("PR"):
            self.PR = value & 7

    @RLR.writes
    def _rlr(self, value: int) -> None:
        if self._may_write("RLR"):
            self.RLR = value & 0xFFF

    def _may_write(self, register: str) -> bool:
        if not self._unlocked:
            self.log(f"IWDG_{register}: write-protected; write 0x5555 to KR first (RM0008 §19.3.2)")
        return self._unlocked

    def _reload(self) -> None:
        self._slices_left = SLICES
        self._next_slice()

    def _next_slice(self) -> None:
        self._cancel()
        slice_ps = round(self.timeout_s * PS_PER_S / SLICES)
        self._alarm = self.clock.alarm(self.clock.now_ps + slice_ps, self._slice_over)

    def _slice_over(self) -> None:
        if not self.frozen():
            self._slices_left -= 1
        if self._slices_left:
            self._next_slice()
        else:
            self.expired()

    def _cancel(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
