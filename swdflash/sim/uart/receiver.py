"""What a UART makes of the levels at its pin, with its own idea of the rate and the format."""

from __future__ import annotations

from dataclasses import dataclass

from swdflash.sim.uart.frames import DATA_BITS, Burst, Format, Parity, Signal
from swdflash.sim.uart.wire import HIGH, LOW, Wire

# Where in a bit it is sampled, at worst, by an end that counts too slowly or too fast: with these a
# character with parity is understood up to 3.97 % off, one without up to 4.37 % (RM0008 §27.3.5).
LATE, EARLY = 0.58, 0.414
SURE = 0.039  # below that, everything is received as it was sent


@dataclass(frozen=True)
class Character:
    """A byte, and when its (first) stop bit had been sampled."""

    ready_ps: int
    value: int
    sound: bool = True  # parity and stop bit are right


class Receiver:
    """Listens to a wire from `since_ps` on, and hands out characters in their order."""

    def __init__(self, wire: Wire, line_format: Format, since_ps: int) -> None:
        self.format = line_format
        self._wire = wire
        self._since_ps = since_ps  # where it looks for the next start bit
        self._at = 0  # next character of the first signal, where that is received as sent

    def retune(self, line_format: Format, since_ps: int) -> None:
        """Another rate or format from now on."""
        if line_format == self.format:
            return
        self.format = line_format
        self._since_ps = max(self._since_ps, since_ps)
        self._at = 0

    def skip_to(self, at_ps: int) -> None:
        """Look at nothing before."""
        self._since_ps = max(self._since_ps, at_ps)
        self._at = 0

    def take(self, until_ps: int, most: int) -> list[Character]:
        """Up to `most` characters that are ready by a time."""
        taken: list[Character] = []
        while len(taken) < most:
            more = self._from_first(until_ps, most - len(taken))
            if more is None:
                break
            taken += more
        return taken

    def lost_until(self, until_ps: int) -> Character | None:
        """What is in DR when nobody has read it until then: the first; the others overran it."""
        first = self.take(until_ps, 1)
        while self.take(until_ps, 1 << 16):
            pass
        return first[0] if first else None

    def _from_first(self, until_ps: int, most: int) -> list[Character] | None:
        """Characters of the first signal that has any; None if there are none in time."""
        while self._wire.signals:
            signal = self._wire.signals[0]
            if self._since_ps < signal.end_ps:
                if isinstance(signal, Burst) and self._is_plain(signal):
                    taken, exhausted = self._plain(signal, until_ps, most)
                else:
                    taken, exhausted = self._sampled(signal, until_ps)
                if not exhausted:
                    return taken or None
                self._drop()
                if taken:
                    return taken
            else:
                self._drop()
        return None

    def _drop(self) -> None:
        self._wire.signals.popleft()
        self._at = 0

    def _is_plain(self, signal: Burst) -> bool:
        ours, theirs = self.format, signal.format
        alike = ours.parity is theirs.parity and ours.stop_bits <= theirs.stop_bits
        whole = self._at > 0 or self._since_ps <= signal.start_ps
        sure = alike and whole and not signal.bad_parity
        return sure and abs(ours.bit_ps / theirs.bit_ps - 1) <= SURE

    def _plain(self, burst: Burst, until_ps: int, most: int) -> tuple[list[Character], bool]:
        frame_ps = burst.format.frame_ps
        ready_ps = burst.start_ps + frame_ps - burst.bit_ps // 2
        count = (until_ps - ready_ps) // frame_ps + 1 - self._at
        end = self._at + max(0, min(count, most, len(burst.data) - self._at))
        taken = [Character(ready_ps + at * frame_ps, burst.data[at]) for at in range(self._at, end)]
        self._at = end
        return taken, end == len(burst.data)

    def _sampled(self, signal: Signal, until_ps: int) -> tuple[list[Character], bool]:
        """One character, sampled in the middle of each bit as this end counts them."""
        start_ps = self._start_bit(signal)
        if start_ps is None:
            return [], True
        ours = self.format
        place = LATE if ours.bit_ps > signal.bit_ps else EARLY
        sampled_ps = start_ps + round(place * ours.bit_ps)
        level = [
            level_at(signal, sampled_ps + number * ours.bit_ps)
            for number in range(ours.frame_bits - ours.stop_bits + 1)
        ]
        ready_ps = sampled_ps + (len(level) - 1) * ours.bit_ps
        if ready_ps > until_ps:
            return [], False
        value = sum(bit << at for at, bit in enumerate(level[1 : 1 + DATA_BITS]))
        sound = level[-1] == HIGH
        if ours.parity is not Parity.NONE:
            sound = sound and level[1 + DATA_BITS] == ours.parity_bit(value)
        self._since_ps = ready_ps
        return [Character(ready_ps, value, sound)], False

    def _start_bit(self, signal: Signal) -> int | None:
        """The first falling edge from `_since_ps` on."""
        levels = signal.levels
        first = max(0, -((signal.start_ps - self._since_ps) // signal.bit_ps))
        for number in range(first, len(levels)):
            before = levels[number - 1] if number else HIGH
            if levels[number] == LOW and before == HIGH:
                return signal.start_ps + number * signal.bit_ps
        return None


def level_at(signal: Signal, at_ps: int) -> int:
    """The line's level; it idles around a signal."""
    number = (at_ps - signal.start_ps) // signal.bit_ps
    return signal.levels[number] if 0 <= number < len(signal.levels) else HIGH
