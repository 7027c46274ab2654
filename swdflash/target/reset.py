"""Resets with a known end: halted before the first instruction, or running."""

from __future__ import annotations

from contextlib import suppress

from swdflash.chips.arm import DEMCR, DFSR, DHCSR
from swdflash.links.base import DebugLink, Reset
from swdflash.links.errors import NoAnswer, TransferFault
from swdflash.target.errors import ResetNotCaught

PATIENCE_S = 1.0  # NRST with a capacitor on it rises slowly; the chip needs a few µs


def reset_and_halt(link: DebugLink, kind: Reset = Reset.SYSTEM) -> None:
    """Reset, and stop before the first instruction (DDI 0403, C1.4.1: vector catch).

    Raises ResetNotCaught, LinkError.
    """
    demcr = DEMCR(link.read32(DEMCR.address))
    link.write32(DHCSR.address, DHCSR.DBGKEY | DHCSR.C_DEBUGEN.mask | DHCSR.C_HALT.mask)
    link.write32(DEMCR.address, demcr | DEMCR.VC_CORERESET.mask)
    link.write32(DFSR.address, DFSR.VCATCH.mask)  # so that an old catch is not taken for this one
    try:
        link.reset(kind)
        await_catch(link)
    finally:
        link.write32(DEMCR.address, demcr & ~DEMCR.VC_CORERESET.mask)


def await_catch(link: DebugLink) -> None:
    """Poll until the reset is over and the core stands at its vector."""
    deadline = link.now() + PATIENCE_S
    while True:
        dhcsr, dfsr = DHCSR(link.read32(DHCSR.address)), DFSR(link.read32(DFSR.address))
        if dhcsr.S_HALT and not dhcsr.S_RESET_ST and dfsr.VCATCH:
            return
        if link.now() > deadline:
            raise ResetNotCaught(dhcsr, dfsr, PATIENCE_S)


def reset_and_run(link: DebugLink, kind: Reset = Reset.SYSTEM) -> None:
    """Reset, and let the core run. Raises LinkError.

    Firmware that shuts SWD off, or sleeps, within the first microseconds runs all the same.
    """
    demcr = DEMCR(link.read32(DEMCR.address))
    if demcr.VC_CORERESET:
        link.write32(DEMCR.address, demcr & ~DEMCR.VC_CORERESET.mask)
    link.reset(kind)
    with suppress(NoAnswer, TransferFault):
        if link.is_halted():
            link.resume()
