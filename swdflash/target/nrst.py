"""Whether the probe's NRST wire reaches the chip, proven by two witnesses that a reset leaves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from swdflash.chips.arm import DEMCR, DHCSR, VTOR
from swdflash.links.base import DebugLink, Offers
from swdflash.links.errors import NotOffered
from swdflash.target.target import Target

FALL_S = 0.5  # for NRST to fall: a probe drives it hard
RISE_S = 3.0  # for NRST to rise: a pull-up of 40 kOhm and a capacitor of 10 uF take 0.4 s
LOOKS = 3  # in a row that see the core in reset: a chip that resets itself is seen once
MARKS = (0x0001_0000, 0x0002_0000)  # for VTOR, one of them is not there yet


class Verdict(StrEnum):
    """What the test says of the wire."""

    WIRED = "wired"
    NOT_WIRED = "not-wired"
    HELD_LOW = "held-low"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class ResetTest:
    """What was seen; times in seconds on the link's clock, None where it never came."""

    verdict: Verdict
    fell_s: float | None  # from driving NRST low until DHCSR.S_RESET_ST stayed set
    rose_s: float | None  # from letting NRST go until DHCSR.S_RESET_ST stayed clear
    marked: int  # written to VTOR
    found: int  # read from it afterwards; a reset makes it 0 (DDI 0403, B3.2.5)


def prove_nrst(target: Target) -> ResetTest:
    """Drive NRST low and let it go. Where it is wired, the program starts again; else it goes on.

    The core is halted meanwhile, with its watchdogs frozen, so that nothing else resets it.
    Raises NotOffered, CoreWillNotHalt, LinkError.
    """
    link = target.link
    if Offers.NRST not in link.offers:
        raise NotOffered("drive NRST", link.info.probe, "has no reset wire")
    if _stays(link, in_reset=True, patience_s=0.0) is not None:
        return ResetTest(Verdict.HELD_LOW, 0.0, None, 0, 0)
    target.presence.freeze_watchdogs()
    with _halted(link), _caught(link):
        return _pulse(link)


def _pulse(link: DebugLink) -> ResetTest:
    before = link.read32(VTOR.address)
    mark = MARKS[before == MARKS[0]]
    link.write32(VTOR.address, mark)
    fell, rose = _drive(link)
    found = link.read32(VTOR.address)
    if found == mark:
        link.write32(VTOR.address, before)
    cleared = found == 0
    if fell is not None and cleared:
        verdict = Verdict.WIRED if rose is not None else Verdict.HELD_LOW
    elif fell is None and not cleared:
        verdict = Verdict.NOT_WIRED
    else:
        verdict = Verdict.UNCLEAR
    return ResetTest(verdict, fell, rose, mark, found)


def _drive(link: DebugLink) -> tuple[float | None, float | None]:
    link.drive_nrst(low=True)
    try:
        fell = _stays(link, in_reset=True, patience_s=FALL_S)
    finally:
        link.drive_nrst(low=False)
    return fell, _stays(link, in_reset=False, patience_s=RISE_S)


def _stays(link: DebugLink, *, in_reset: bool, patience_s: float) -> float | None:
    """Seconds until the core was seen in reset (or out of it) several times in a row, or None.

    S_RESET_ST is sticky: a read clears it, and it is set again while the reset lasts
    (DDI 0403, C1.6.2).
    """
    began = link.now()
    row, first = 0, began
    while True:
        looked = link.now()
        seen = DHCSR(link.read32(DHCSR.address)).S_RESET_ST
        if seen is in_reset:
            first = first if row else looked
            row += 1
        else:
            row = 0
        if row == LOOKS:
            return first - began
        if row == 0 and link.now() - began > patience_s:
            return None


@contextmanager
def _halted(link: DebugLink) -> Iterator[None]:
    """The core stands still; one that ran runs again."""
    ran = not link.is_halted()
    link.halt()
    try:
        yield
    finally:
        if ran:
            link.resume()


@contextmanager
def _caught(link: DebugLink) -> Iterator[None]:
    """A reset ends at the vector: firmware gets no chance to write VTOR."""
    demcr = DEMCR(link.read32(DEMCR.address))
    link.write32(DEMCR.address, demcr | DEMCR.VC_CORERESET.mask)
    try:
        yield
    finally:
        link.write32(DEMCR.address, demcr & ~DEMCR.VC_CORERESET.mask)
