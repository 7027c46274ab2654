"""Looks at DHCSR again and again: what a core does that nobody disturbs."""

from __future__ import annotations

from dataclasses import dataclass, field

from swdflash.chips.arm import DHCSR
from swdflash.links.base import DebugLink
from swdflash.links.errors import NoAnswer, Timeout, TransferFault

SILENT = (NoAnswer, Timeout, TransferFault)
SOUND_SLEEP = 100  # looks that saw it: it is no accident
SOUND_SLEEP_S = 0.2


@dataclass
class Watched:
    """What was seen; times in seconds since the watch began."""

    looks: int = 0
    seconds: float = 0.0
    last_answer: float = 0.0
    silent_from: float | None = None  # SWD did not answer any more
    resets: list[float] = field(default_factory=list)
    asleep: int = 0  # looks that saw S_SLEEP
    locked_up: float | None = None
    halted: float | None = None

    @property
    def sleeps(self) -> bool:
        """It was seen asleep often enough to say that this is what it does."""
        return self.asleep >= SOUND_SLEEP and self.seconds >= SOUND_SLEEP_S

    @property
    def in_reset(self) -> bool:
        """Every look saw a reset: NRST is low all the time."""
        return self.looks > 1 and len(self.resets) == self.looks


def watch(
    link: DebugLink, seconds: float, *, until_halt: bool = False, until_asleep: bool = False
) -> Watched:
    """Look for so long, or until SWD is silent, the core locked up or (if asked) halted or sleeps.

    Raises the link errors that are no silence.
    """
    began = link.now()
    seen = Watched()
    while True:
        try:
            dhcsr = DHCSR(link.read32(DHCSR.address))
        except SILENT:
            seen.silent_from = seen.seconds = link.now() - began
            return seen
        seen.seconds = seen.last_answer = link.now() - began
        _take(seen, dhcsr)
        ended = (
            seen.locked_up is not None
            or (until_halt and seen.halted is not None)
            or (until_asleep and seen.sleeps)
        )
        if ended or seen.seconds >= seconds:
            return seen


def _take(seen: Watched, dhcsr: DHCSR) -> None:
    seen.looks += 1
    if dhcsr.S_RESET_ST:
        seen.resets.append(seen.seconds)
    seen.asleep += dhcsr.S_SLEEP
    if dhcsr.S_LOCKUP and not dhcsr.S_RESET_ST:
        seen.locked_up = seen.seconds
    if dhcsr.S_HALT and seen.halted is None:
        seen.halted = seen.seconds
