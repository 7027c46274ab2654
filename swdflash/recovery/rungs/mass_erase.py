"""Through read protection: taking it off erases all of flash, by the chip's own will."""

from __future__ import annotations

from swdflash.links.base import DebugLink
from swdflash.links.errors import LinkError
from swdflash.recovery.bench import Bench
from swdflash.recovery.finding import Cause
from swdflash.recovery.rung import Missed, Needs, Reached
from swdflash.recovery.rungs.under_reset import UnderReset
from swdflash.target.identify import identify
from swdflash.target.protection import read_protection
from swdflash.target.unprotect import unprotect_over_debug, what_it_costs


class MassErase:
    """Asks first, and says what is lost."""

    name = "mass-erase"
    needs = Needs.CONSENT
    risks = "erases all of flash and the option bytes"
    told = ""
    cures = frozenset({Cause.READ_PROTECTED_1})

    def climb(self, bench: Bench) -> Reached | Missed:
        """Reach it by attach or under reset; where it is protected, ask, erase, start afresh."""
        link = _reach(bench)
        chip = identify(link).chip
        if not read_protection(link, chip).read_protected:
            return Missed("its flash is not read-protected: there is nothing to take off")
        assert bench.agree is not None, "a rung that loses something was climbed unasked"
        bench.agree(what_it_costs(chip))
        unprotect_over_debug(link, chip)
        return Reached(link, "read protection is off, flash is erased")


def _reach(bench: Bench) -> DebugLink:
    try:
        return bench.open()
    except LinkError:
        link, _ = UnderReset().catch(bench)
        return link
