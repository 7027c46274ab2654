"""Virtual time: one timeline that the core, the flash, the wires and the host share.

Nothing in the virtual board looks at the host's clock. Whoever takes time spends it here.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable

PS_PER_S = 1_000_000_000_000


class Alarm:
    """Something that happens at a set time unless it is cancelled before."""

    __slots__ = ("action", "at_ps", "cancelled")

    def __init__(self, at_ps: int, action: Callable[[], None]) -> None:
        self.at_ps = at_ps
        self.action = action
        self.cancelled = False

    def cancel(self) -> None:
        """It will not happen."""
        self.cancelled = True


class Clock:
    """The present, in picoseconds since power came on (whole numbers: runs are repeatable)."""

    def __init__(self) -> None:
        self.now_ps = 0
        self._alarms: list[tuple[int, int, Alarm]] = []
        self._order = itertools.count()

    @property
    def now(self) -> float:
        """The present in seconds."""
        return self.now_ps / PS_PER_S

    def alarm(self, at_ps: int, action: Callable[[], None]) -> Alarm:
        """Have `action` called when the present reaches `at_ps`."""
        alarm = Alarm(at_ps, action)
        heapq.heappush(self._alarms, (at_ps, next(self._order), alarm))
        return alarm

    def next_alarm_ps(self) -> int | None:
        """When the next alarm is due, or None."""
        while self._alarms and self._alarms[0][2].cancelled:
            heapq.heappop(self._alarms)
        return self._alarms[0][0] if self._alarms else None

    def fire_due(self) -> None:
        """Call what is due by now, in order of time."""
        while (due := self.next_alarm_ps()) is not None and due <= self.now_ps:
            heapq.heappop(self._alarms)[2].action()
