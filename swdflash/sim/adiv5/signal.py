"""How well SWCLK and SWDIO carry: long or loose wires spoil what is sent too fast."""

from __future__ import annotations

import random

from swdflash.sim.adiv5.acks import Ack, SwdError

UNDETECTED = 1 / 8  # of the words with a wrong bit have two, and a parity bit that fits


class Signal:
    """Clean up to `limit_hz`, None for any clock. Above, the share that fails is 1 - limit / clock.

    Half of the failures are requests that the chip does not understand, half are wrong bits in
    the word that it answers. Where a wire is not `connected`, nothing comes through.
    """

    def __init__(
        self, limit_hz: float | None = None, seed: int = 0, *, connected: bool = True
    ) -> None:
        self._limit_hz = limit_hz
        self._connected = connected
        self._dice = random.Random(seed)

    def loses_request(self, clock_hz: float) -> bool:
        """Whether the chip does not acknowledge, because it understood something else."""
        return not self._connected or self._fails(clock_hz)

    def received(self, word: int, clock_hz: float) -> int:
        """The word as the probe gets it. Raises `SwdError` where the parity bit does not fit."""
        if not self._fails(clock_hz):
            return word
        if self._dice.random() >= UNDETECTED:
            raise SwdError(Ack.NONE)  # no acknowledge that one could trust
        first, second = self._dice.sample(range(32), 2)
        return word ^ 1 << first ^ 1 << second

    def _fails(self, clock_hz: float) -> bool:
        if self._limit_hz is None or clock_hz <= self._limit_hz:
            return False
        return self._dice.random() < (1 - self._limit_hz / clock_hz) / 2
