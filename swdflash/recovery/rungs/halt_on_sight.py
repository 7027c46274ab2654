"""The hammer: call the chip without a pause, and halt the core in the moment that it answers."""

from __future__ import annotations

from swdflash.links.base import Connect
from swdflash.recovery.bench import Bench
from swdflash.recovery.finding import Cause
from swdflash.recovery.rung import Missed, Needs, Reached


class HaltOnSight:
    """For chips that answer now and then: between two sleeps, or just after a reset."""

    name = "halt-on-sight"
    needs = Needs.NOTHING
    risks = "halts the core"
    told = ""
    cures = frozenset({Cause.RESET_LOOP, Cause.LOCKUP})
    insist_s = 0.6

    def climb(self, bench: Bench) -> Reached | Missed:
        """Insist for a while."""
        link = bench.open(Connect.HALT, insist_s=self.insist_s)
        if link.is_halted():
            return Reached(link, "the core was halted as soon as it answered")
        return Missed("the core answered, but did not stay halted")
