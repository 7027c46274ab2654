"""External interrupts and events (RM0008 §10.2): what ends Stop."""

from __future__ import annotations

from collections.abc import Callable

from swdflash.sim.bus import ResetKind
from swdflash.sim.chip.peripherals.registers import Log, Register, RegisterBlock, no_log

LINES = 0x7_FFFF
RTC_ALARM = 17  # the line of the RTC's alarm (§10.2.5)
# Interrupts of the lines (RM0008 Table 63)
IRQ_OF_LINE = (6, 7, 8, 9, 10, *(23,) * 5, *(40,) * 6, 1, 41, 42)


class Exti(RegisterBlock):
    """Lines 0 to 15 are pins, 16 PVD, 17 the RTC's alarm, 18 USB.

    `interrupt(irq, level)` is a line to the NVIC, `event()` a pulse that ends WFE.
    """

    IMR = Register(0x00, writable=LINES)
    EMR = Register(0x04, writable=LINES)
    RTSR = Register(0x08, writable=LINES)
    FTSR = Register(0x0C, writable=LINES)
    SWIER = Register(0x10, writable=LINES)
    PR = Register(0x14)

    def __init__(
        self, base: int, log: Log = no_log, *, irq_of_line: tuple[int, ...] = IRQ_OF_LINE
    ) -> None:
        super().__init__(base, log)
        self._irq_of_line = irq_of_line
        self.interrupt: Callable[[int, bool], None] = lambda _irq, _level: None
        self.event: Callable[[], None] = lambda: None

    def reset(self, kind: ResetKind) -> None:
        """No line is looked at."""
        super().reset(kind)
        self._update()

    def edge(self, line: int, level: int) -> None:
        """A line has a new level."""
        if (self.RTSR if level else self.FTSR) >> line & 1:
            self._trigger(1 << line)

    @IMR.writes
    def _imr(self, value: int) -> None:
        self.IMR = value & LINES
        self._update()

    @SWIER.writes
    def _swier(self, value: int) -> None:
        raised = value & ~self.SWIER & LINES
        self.SWIER |= raised
        self._trigger(raised)

    @PR.writes
    def _pr(self, value: int) -> None:
        self.PR &= ~value  # rc_w1, and clears SWIER (§10.3.5)
        self.SWIER &= ~value
        self._update()

    def _trigger(self, lines: int) -> None:
        self.PR |= lines & self.IMR
        self._update()
        if lines & self.EMR:
            self.event()

    def _update(self) -> None:
        pending = self.PR & self.IMR
        raised = {irq for line, irq in enumerate(self._irq_of_line) if pending >> line & 1}
        for irq in set(self._irq_of_line):
            self.interrupt(irq, irq in raised)
