"""Breakpoints by the Flash Patch and Breakpoint unit (DDI 0403, C1.11), version 1."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from swdflash.links.base import DebugLink
from swdflash.links.errors import LinkError

FP_CTRL = 0xE000_2000
KEY, ENABLE = 1 << 1, 1 << 0
FP_COMP0 = 0xE000_2008
LOWER, UPPER = 1 << 30, 2 << 30  # REPLACE: break on the half-word at the address, or above


def comparators(link: DebugLink) -> int:
    """How many instructions can be watched at once: NUM_CODE."""
    control = link.read32(FP_CTRL)
    return control >> 8 & 0x70 | control >> 4 & 0xF


@contextmanager
def breakpoints(link: DebugLink, addresses: Sequence[int]) -> Iterator[None]:
    """The core halts before an instruction at one of `addresses` (as many as comparators)."""
    for number, address in enumerate(addresses):
        half = UPPER if address & 2 else LOWER
        link.write32(FP_COMP0 + 4 * number, half | address & 0x1FFF_FFFC | ENABLE)
    link.write32(FP_CTRL, KEY | ENABLE)
    try:
        yield
    finally:
        with suppress(LinkError):  # what was looked for may have taken SWD away
            clear(link, len(addresses))


def step_over(link: DebugLink) -> None:
    """Execute one instruction that has a breakpoint: it would halt the core before itself again."""
    link.write32(FP_CTRL, KEY)
    link.step()
    link.write32(FP_CTRL, KEY | ENABLE)


def clear(link: DebugLink, count: int) -> None:
    """Take the breakpoints away."""
    link.write32(FP_CTRL, KEY)
    for number in range(count):
        link.write32(FP_COMP0 + 4 * number, 0)
