"""Which exceptions wait, which are handled, and which comes next (DDI 0403 §B1.5)."""

from __future__ import annotations

from enum import IntEnum

EXTERNAL = 16  # exception number of IRQ 0
THREAD = 256  # lower than any priority: nothing is being handled


class Exc(IntEnum):
    """Exception numbers (DDI 0403 §B1.5.2)."""

    RESET = 1
    NMI = 2
    HARD_FAULT = 3
    MEM_MANAGE = 4
    BUS_FAULT = 5
    USAGE_FAULT = 6
    SV_CALL = 11
    DEBUG_MONITOR = 12
    PEND_SV = 14
    SYS_TICK = 15


_FIXED = {Exc.RESET: -3, Exc.NMI: -2, Exc.HARD_FAULT: -1}
_ALWAYS = {Exc.NMI, Exc.HARD_FAULT, Exc.SV_CALL, Exc.PEND_SV, Exc.SYS_TICK}


class Exceptions:
    """The state that NVIC and SCB show in their registers. Numbers are exception numbers."""

    def __init__(self, irqs: int, priority_bits: int) -> None:
        self.irqs = irqs
        self.priority_mask = 0xFF << (8 - priority_bits) & 0xFF
        self.clear()

    def clear(self) -> None:
        """As after reset."""
        self.enabled: set[int] = set(_ALWAYS)
        self.pending: set[int] = set()
        self.active: set[int] = set()
        self.lines: set[int] = set()
        self.priorities = [0] * (EXTERNAL + self.irqs)
        self.prigroup = 0
        self.seen_pending = False  # an exception became pending since this was last cleared

    def pend(self, number: int) -> None:
        """Make an exception wait to be taken."""
        if number not in self.pending:
            self.seen_pending = True
        self.pending.add(number)

    def set_line(self, irq: int, level: bool) -> None:
        """A peripheral raises or lowers its interrupt line."""
        number = EXTERNAL + irq
        if not level:
            self.lines.discard(number)
        elif number not in self.lines:
            self.lines.add(number)
            self.pend(number)

    def set_priority(self, number: int, value: int) -> None:
        """Only the implemented bits are kept."""
        self.priorities[number] = value & self.priority_mask

    def group(self, number: int) -> int:
        """The priority that decides on preemption; lower is more urgent."""
        return _FIXED.get(Exc(number), 0) if number <= 3 else self.grouped(self.priorities[number])

    def grouped(self, priority: int) -> int:
        """A priority without its subpriority (AIRCR.PRIGROUP)."""
        return priority & ~((2 << self.prigroup) - 1)

    def execution_priority(self, primask: int, basepri: int, faultmask: int) -> int:
        """`ExecutionPriority()` of the manual; `THREAD` when nothing is handled or masked."""
        priority = min((self.group(number) for number in self.active), default=THREAD)
        if basepri:
            priority = min(priority, self.grouped(basepri))
        if primask:
            priority = min(priority, 0)
        if faultmask:
            priority = min(priority, -1)
        return priority

    def next(self) -> int | None:
        """The most urgent exception that waits and is enabled."""
        ready = self.pending & self.enabled
        return min(ready, key=self._urgency, default=None)

    def _urgency(self, number: int) -> tuple[int, int, int]:
        priority = self.priorities[number] if number > 3 else self.group(number)
        return self.group(number), priority, number

    def enter(self, number: int) -> None:
        """An exception is taken."""
        self.pending.discard(number)
        self.active.add(number)

    def leave(self, number: int) -> None:
        """A handler has returned; a line that is still raised waits again."""
        self.active.discard(number)
        if number in self.lines:
            self.pend(number)
