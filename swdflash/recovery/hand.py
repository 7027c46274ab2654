"""What only somebody at the board can do."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol


class Act(StrEnum):
    """One thing for a hand to do, in words for whoever does it."""

    HOLD_RESET = "press the RESET button of the board and keep it pressed"
    RELEASE_RESET = "let go of RESET"
    POWER_OFF = "take the board's power away (unplug its USB cable or supply)"
    POWER_ON = "give the board its power back"
    BOOT0_HIGH = "move the BOOT0 jumper to 1"
    BOOT0_LOW = "move the BOOT0 jumper back to 0"
    RESET = "press the RESET button once"


class Hand(Protocol):
    """A person at a terminal, or a test that plays one."""

    def do(self, act: Act) -> None:
        """Return when it is done. Raises `SwdflashError` kinds where it will not be."""
        ...

    def begin(self, act: Act) -> None:
        """Ask for it and return at once: it will be done within the next seconds."""
        ...
