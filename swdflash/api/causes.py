"""Why a chip did not answer a plain attach, as far as one look at it tells."""

from __future__ import annotations

from swdflash.chips.chip import Chip
from swdflash.links.base import DebugLink
from swdflash.recovery.finding import Cause
from swdflash.recovery.rungs.attach import SlowerClock

ADVICE = {
    Cause.NEEDS_SLOWER_CLOCK: "shorten the wires to the probe, or set the clock once: --clock",
    Cause.RESET_LOOP: "feed the watchdog in time, or start it later",
    Cause.LOW_POWER: (
        "set DBG_SLEEP, DBG_STOP and DBG_STANDBY in DBGMCU_CR at the start of the firmware"
    ),
    Cause.NO_ANSWER: (
        "the firmware cuts SWD (SWJ_CFG, see AFIO_MAPR) or sleeps without the bits of DBGMCU_CR; "
        "`swdflash diagnose` tells which"
    ),
}


def likely_cause(link: DebugLink, chip: Chip, rung: str) -> tuple[Cause, str]:
    """The cause that the reset and standby flags point at, and what helps. Raises LinkError.

    Flags stay until firmware or a power-on clears them (RM0008 §7.3.10, §5.4.2).
    """
    cause = _cause(link, chip, rung)
    return cause, ADVICE[cause]


def _cause(link: DebugLink, chip: Chip, rung: str) -> Cause:
    if rung == SlowerClock.name:
        return Cause.NEEDS_SLOWER_CLOCK
    resets = chip.layouts["RCC_CSR"].set_bits(link.read32(chip.registers["RCC_CSR"]))
    if "IWDGRSTF" in resets or "WWDGRSTF" in resets:
        return Cause.RESET_LOOP
    return Cause.NO_ANSWER
