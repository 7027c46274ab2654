"""The reset wire as evidence: tested where the chip is being reset anyway, else recalled."""

from __future__ import annotations

from typing import Protocol

import msgspec

from swdflash.links.base import Offers
from swdflash.recovery.notes import Notes, duration
from swdflash.target.nrst import ResetTest, Verdict, prove_nrst
from swdflash.target.target import Target

NRST = "NRST"  # what the evidence is called


class LastTest(msgspec.Struct, frozen=True):
    """What a test of NRST said, and when (ISO 8601, UTC)."""

    verdict: Verdict
    at: str


class WireMemory(Protocol):
    """Keeps what tests of NRST said, by chip and probe."""

    def recall(self, target: Target) -> LastTest | None:
        """The last verdict on this chip at this probe."""
        ...

    def remember(self, target: Target, verdict: Verdict) -> None:
        """Keep a verdict. Raises nothing."""
        ...


class NoMemory:
    """Knows nothing and keeps nothing."""

    def recall(self, _target: Target) -> LastTest | None:
        """Nothing."""
        return None

    def remember(self, _target: Target, _verdict: Verdict) -> None:
        """Forget it."""


class ResetWire:
    """NRST of the board that is diagnosed."""

    def __init__(self, notes: Notes, memory: WireMemory) -> None:
        self._notes = notes
        self._memory = memory
        self._noted = False

    def prove(self, target: Target) -> None:
        """Reset the chip to see whether NRST reaches it; note what was seen, and keep it.

        Raises CoreWillNotHalt, LinkError.
        """
        if self._noted or Offers.NRST not in target.link.offers:
            return
        try:
            test = prove_nrst(target)
        finally:
            target.presence.put_back()
        self._memory.remember(target, test.verdict)
        self._note(in_words(test))

    def recall(self, target: Target) -> None:
        """Note what an earlier test said, if there was one; the chip is not touched."""
        tested = None if self._noted else self._memory.recall(target)
        if tested is not None:
            self._note(f"{tested.verdict} when it was last tested, {tested.at}")

    def untold(self, why: str) -> None:
        """Note that it could not be tested, unless more is known."""
        if not self._noted:
            self._note(why)

    def _note(self, words: str) -> None:
        self._notes.note(NRST, words)
        self._noted = True


def in_words(test: ResetTest) -> str:
    """The verdict, and the two witnesses: DHCSR.S_RESET_ST and VTOR, which a reset clears."""
    if not test.marked:
        return f"{test.verdict}: S_RESET_ST is set while nobody drives it"
    if test.fell_s is None:
        reset = "driven low, S_RESET_ST stays clear"
    elif test.rose_s is None:
        reset = "S_RESET_ST stays set after it was let go"
    else:
        reset = f"the core left reset {duration(test.rose_s)} after it was let go"
    vtor = "kept" if test.found == test.marked else f"reads {test.found:#x}"
    return f"{test.verdict}: {reset}, VTOR {vtor}"
