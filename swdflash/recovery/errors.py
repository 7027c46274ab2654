"""How a recovery can end without the board."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from swdflash.errors import Exit, Explanation, SwdflashError
from swdflash.recovery.finding import Attempt


def in_words(attempts: tuple[Attempt, ...]) -> str:
    """Each rung that was tried, and what became of it; those together that ended alike."""
    names: dict[str, list[str]] = {}
    for each in attempts:
        if each.tried:
            names.setdefault(each.why, []).append(each.name)
    return "; ".join(f"{', '.join(rungs)}: {why}" for why, rungs in names.items())


class RecoveryError(SwdflashError):
    """The board was not reached, or not left as it should be."""


@dataclass(eq=False)
class NoWayIn(RecoveryError):
    """Every rung of the ladder was tried, and none reached the core."""

    code = "no-way-in"
    exit = Exit.NO_ANSWER
    what = "no way to the core was found"
    why = "{tried}"
    next = (
        "swdflash diagnose",
        "check SWDIO, SWCLK, GND and the supply once more, with short wires",
        "check with another board that the probe and its cable work",
    )

    attempts: tuple[Attempt, ...]
    instructions: tuple[str, ...] = ()  # what else would help, were it there
    tried: str = field(init=False)

    def __post_init__(self) -> None:
        self.tried = in_words(self.attempts)

    def explain(self) -> Explanation:
        """The words, with what else there is to be done."""
        words = super().explain()
        return replace(words, next=(*self.instructions, *words.next))


@dataclass(eq=False)
class HandNeeded(RecoveryError):
    """What is left to try needs somebody at the board, and there is no terminal to ask on."""

    code = "hand-needed"
    exit = Exit.NO_ANSWER
    what = "the board needs a hand: every way in that needs none has failed"
    why = "{tried}"
    next = ("run `swdflash recover` in a terminal: it says what to press, and when",)

    attempts: tuple[Attempt, ...]
    instructions: tuple[str, ...]
    tried: str = field(init=False)

    def __post_init__(self) -> None:
        self.tried = in_words(self.attempts)

    def explain(self) -> Explanation:
        """The words, with what the hand would be asked for."""
        words = super().explain()
        return replace(words, next=(*words.next, *self.instructions))


@dataclass(eq=False)
class HeldInReset(RecoveryError):
    """NRST is low all the time: no core can run, and none be flashed."""

    code = "held-in-reset"
    exit = Exit.NO_ANSWER
    what = "the chip is held in reset"
    why = "DHCSR.S_RESET_ST stays set: something keeps NRST low"
    next = (
        "look for a stuck RESET button or a short from NRST to ground",
        "unplug what else is connected to NRST (another probe, a supervisor), one by one",
    )


@dataclass(eq=False)
class StillSilent(RecoveryError):
    """The firmware that runs now leaves SWD no better than the one before."""

    code = "still-silent"
    exit = Exit.NO_ANSWER
    what = "the new firmware runs, but the board is silent again"
    why = "{reason}"
    next = (
        "swdflash diagnose --elf FIRMWARE.elf",
        "recover with a program that leaves SWD alone, or with --erase-first-page",
    )

    reason: str
