"""One direction of a serial line: what is on it, from now on and for some time past."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from swdflash.sim.uart.frames import Burst, Format, Signal

HIGH, LOW = 1, 0


class Wire:
    """Idle high. One end drives it; `listeners` are told of what it puts there, when it does."""

    def __init__(self) -> None:
        self.listeners: list[Callable[[], None]] = []
        self.signals: deque[Signal] = deque()
        self.end_ps = 0  # idle from then on

    def put(self, signal: Signal) -> None:
        """Drive the line; a signal begins no earlier than the one before it ends."""
        self.signals.append(signal)
        self.end_ps = signal.end_ps
        for listener in self.listeners:
            listener()

    def send(self, at_ps: int, line_format: Format, data: bytes) -> int:
        """Characters from a time on, or as soon as the line is free; returns when they are over."""
        self.put(Burst(max(at_ps, self.end_ps), line_format, data))
        return self.end_ps

    def cut(self, at_ps: int) -> None:
        """The sender goes: what it has not sent by then, whole, never comes."""
        kept: deque[Signal] = deque()
        for signal in self.signals:
            if isinstance(signal, Burst) and signal.end_ps > at_ps:
                whole = max(0, at_ps - signal.start_ps) // signal.format.frame_ps
                kept.append(Burst(signal.start_ps, signal.format, signal.data[:whole]))
            else:
                kept.append(signal)
        self.signals = deque(signal for signal in kept if signal.levels)
        self.end_ps = min(self.end_ps, at_ps)

    def forget(self, before_ps: int) -> None:
        """Nobody looks at what was over by then."""
        while self.signals and self.signals[0].end_ps <= before_ps:
            self.signals.popleft()

    def edges(self, after_ps: int) -> Iterator[tuple[int, int]]:
        """Changes of the level from a time on: (when, the new level). It idles at the end."""
        level, now_ps = HIGH, after_ps
        for signal in self.signals:
            if signal.end_ps <= after_ps:
                continue
            if level == LOW and signal.start_ps > now_ps:
                yield now_ps, HIGH
                level = HIGH
            for number, bit in enumerate(signal.levels):
                at_ps = signal.start_ps + number * signal.bit_ps
                if bit != level and at_ps >= after_ps:
                    yield at_ps, bit
                    level = bit
                elif at_ps < after_ps:
                    level = bit
            now_ps = signal.end_ps
        if level == LOW:
            yield now_ps, HIGH
