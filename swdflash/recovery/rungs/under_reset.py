"""Connect under reset: NRST low, arm, let go. No instruction of the firmware runs."""

from __future__ import annotations

from swdflash.links.base import Connect, DebugLink
from swdflash.recovery.awake import stay_awake
from swdflash.recovery.bench import Bench
from swdflash.recovery.finding import Cause
from swdflash.recovery.rung import Missed, Needs, Reached
from swdflash.recovery.vector_catch import Caught, arm, await_catch

CURES = frozenset({Cause.SWD_PINS_REMAPPED, Cause.LOW_POWER, Cause.RESET_LOOP, Cause.LOCKUP})


class UnderReset:
    """The right order: C_DEBUGEN, C_HALT and VC_CORERESET while NRST is low; then let go."""

    name = "under-reset"
    needs = Needs.NRST
    risks = "resets the chip"
    told = ""
    cures = CURES
    insist_s = 0.0  # for SWD to answer once NRST is driven low
    patience_s = 0.1  # for NRST to rise once it is let go
    clock_hz: int | None = None

    def climb(self, bench: Bench) -> Reached | Missed:
        """Hold, arm, let go, look, and keep it debuggable."""
        link, caught = self.catch(bench)
        if not caught.halted:
            return Missed(why_missed(caught))
        found = stay_awake(link)
        if caught.at_vector:
            return Reached(link, "halted at the reset vector, before the first instruction", found)
        return Reached(link, "halted where it ran; NRST did not reset it", found)

    def catch(self, bench: Bench) -> tuple[DebugLink, Caught]:
        """The first half: nothing of the chip is changed but that it stands still."""
        link = bench.open(Connect.IN_RESET, self.clock_hz, insist_s=self.insist_s)
        in_reset = arm(link)
        link.drive_nrst(low=False)
        return link, await_catch(link, armed_in_reset=in_reset, patience_s=self.patience_s)


class SlowReset(UnderReset):
    """The same with a long wait at each end: a large capacitor on NRST, and a slower clock."""

    name = "slow-reset"
    cures = CURES
    insist_s = 0.4
    patience_s = 1.0
    clock_hz = 480_000


def why_missed(caught: Caught) -> str:
    """What the core did instead of stopping."""
    if caught.still_in_reset:
        return f"NRST was let go, but {caught.seconds:.2f} s later the core is still in reset"
    if caught.in_reset:
        return "the core was reset, but did not stop at its reset vector"
    return "the core ran on while NRST was driven low: the wire does not reach it"
