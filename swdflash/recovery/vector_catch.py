"""Holding a core at its reset vector: armed while NRST is low, so that no user code runs.

DDI 0403, C1.4.1 (vector catch) and C1.6.2, C1.6.5 (DHCSR, DEMCR). The debug port and these
registers answer while NRST is low on the STM32F1 (RM0008 §31.8, §31.16).
"""

from __future__ import annotations

from dataclasses import dataclass

from swdflash.chips.arm import DEMCR, DFSR, DHCSR
from swdflash.links.base import DebugLink

HALT = DHCSR.DBGKEY | DHCSR.C_DEBUGEN.mask | DHCSR.C_HALT.mask
NO_RESET_S = 0.05  # without any sign of a reset by then, there is none


@dataclass(frozen=True)
class Caught:
    """What became of the core after NRST was let go."""

    halted: bool
    at_vector: bool  # stopped by the vector catch
    in_reset: bool  # DHCSR.S_RESET_ST was seen while NRST was low
    still_in_reset: bool  # it was still set when patience ended
    seconds: float


def arm(link: DebugLink) -> bool:
    """Ask for a halt at the reset vector, and at once. Whether a reset is seen meanwhile."""
    link.write32(DHCSR.address, HALT)
    demcr = DEMCR(link.read32(DEMCR.address))
    link.write32(DEMCR.address, demcr | DEMCR.VC_CORERESET.mask)
    link.write32(DFSR.address, DFSR.VCATCH.mask)  # so that an old catch is not taken for this one
    first = DHCSR(link.read32(DHCSR.address))
    return first.S_RESET_ST


def await_catch(link: DebugLink, *, armed_in_reset: bool, patience_s: float) -> Caught:
    """NRST was let go: wait until S_RESET_ST falls, then see whether the core stands still."""
    began = link.now()
    seen = armed_in_reset
    while True:
        dhcsr, dfsr = DHCSR(link.read32(DHCSR.address)), DFSR(link.read32(DFSR.address))
        waited = link.now() - began
        seen = seen or dhcsr.S_RESET_ST
        over = not dhcsr.S_RESET_ST and (dfsr.VCATCH or (not seen and waited > NO_RESET_S))
        if over or waited > patience_s:
            disarm(link)
            return Caught(dhcsr.S_HALT, dfsr.VCATCH, seen, dhcsr.S_RESET_ST, waited)


def disarm(link: DebugLink) -> None:
    """Let later resets run through."""
    demcr = DEMCR(link.read32(DEMCR.address))
    link.write32(DEMCR.address, demcr & ~DEMCR.VC_CORERESET.mask)
