"""The NRST wire: anybody may pull it low, the chip's pull-up brings it back (RM0008 §7.1.1)."""

from __future__ import annotations

import math
from enum import Enum, auto

from swdflash.sim.chip.virtual_chip import VirtualChip
from swdflash.sim.clock import PS_PER_S, Alarm, Clock

VDD, VIH = 3.3, 2.0  # volts; NRST reads high from VIH on (DS5319 Table 38)
RISE = math.log(VDD / (VDD - VIH))  # time constants until then


class Puller(Enum):
    """Who holds NRST low."""

    PROBE = auto()
    BUTTON = auto()
    MODEM_LINE = auto()  # of the serial adapter
    SHORT = auto()  # a wire or solder bridge to ground


class Nrst:
    """Goes low at once, and high `rc_s` times `RISE` after the last one has let go."""

    def __init__(self, chip: VirtualChip, clock: Clock, rc_s: float, *, shorted: bool) -> None:
        self._chip = chip
        self._clock = clock
        self._rise_ps = round(rc_s * RISE * PS_PER_S)
        self._pullers = {Puller.SHORT} if shorted else set()
        self._rising: Alarm | None = None

    def pull(self, who: Puller, *, low: bool) -> None:
        """Pull it low, or let it go."""
        (self._pullers.add if low else self._pullers.discard)(who)
        if self._pullers:
            self._fall()
        elif self._chip.in_reset and self._rising is None:
            self._rise()

    def supply_comes(self) -> None:
        """The capacitor is empty, so the wire starts low."""
        if self._pullers or self._rise_ps:
            self._fall()
        if not self._pullers:
            self._rise()

    def _fall(self) -> None:
        if self._rising is not None:
            self._rising.cancel()
            self._rising = None
        if not self._chip.in_reset:
            self._chip.hold_in_reset()

    def _rise(self) -> None:
        if self._rise_ps:
            self._rising = self._clock.alarm(self._clock.now_ps + self._rise_ps, self._is_high)
        else:
            self._is_high()

    def _is_high(self) -> None:
        self._rising = None
        if self._chip.in_reset:
            self._chip.release_reset()
