"""Keeping a halted chip within reach: low-power modes and watchdogs do not take SWD away."""

from __future__ import annotations

from contextlib import suppress

from swdflash.chips.chip import Chip
from swdflash.links.base import DebugLink
from swdflash.target.errors import TargetError
from swdflash.target.identify import identify

# DBGMCU_CR (RM0008 §31.16.3): clocks go on in low-power modes, watchdogs stop with the core. Later
# families have not all of them there.
STAY_AWAKE = ("DBG_SLEEP", "DBG_STOP", "DBG_STANDBY", "DBG_IWDG_STOP", "DBG_WWDG_STOP")


def stay_awake(link: DebugLink) -> int | None:
    """Set the bits, where the chip is one that is known; the register's value before.

    Raises LinkError kinds.
    """
    with suppress(TargetError):
        return set_awake(link, identify(link).chip)
    return None


def set_awake(link: DebugLink, chip: Chip) -> int:
    """Set the bits; the register's value before."""
    address, fields = chip.registers["DBGMCU_CR"], chip.layouts["DBGMCU_CR"].fields
    before = link.read32(address)
    wanted = sum(fields[name].mask for name in STAY_AWAKE if name in fields)
    link.write32(address, before | wanted)
    return before
