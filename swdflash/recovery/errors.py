"""How a recovery can end without the board."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from swdflash.errors import Exit, Explanation, SwdflashError
from swdflash.recovery.finding import Attempt


def in_words(attempts: tuple[Attempt, ...]) -> str:
    """Each rung that was tried, and what became of it."""
    return "; ".join(f"{each.name}: {each.why}" for each in attempts if each.tried)


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
    tried: str = field(init=False)

    def __post_init__(self) -> None:
        self.tried = in_words(self.attempts)


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
