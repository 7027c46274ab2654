"""Catches the instruction that takes SWD away: halted just before it stores to AFIO_MAPR.

On STM32F1 SWJ_CFG cannot be read back (RM0008 §9.4.2), and when it has been written SWD is gone.
So every store that may be the one gets a breakpoint, the chip runs from reset, and at each hit the
registers tell what would be written. On later families it is GPIOA_MODER or GPIOA_AFRH.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from swdflash.chips.chip import Chip
from swdflash.links.base import DebugLink
from swdflash.links.errors import LinkError
from swdflash.recovery.breakpoints import breakpoints, comparators, step_over
from swdflash.recovery.stores import Store, find_stores
from swdflash.recovery.watch import SILENT, watch

SWJ_OFF = 0b100  # JTAG-DP disabled and SW-DP disabled (RM0008 §9.3.5)
ALTERNATE, SWD_AF = 0b10, 0  # what PA13 and PA14 have in MODER and AFRH (RM0090 §8.4)
HITS = 8  # of breakpoints in one run: other writes to the register come before
BATCHES = 4


@dataclass(frozen=True)
class Culprit:
    """The store, and what it was about to write."""

    pc: int
    register: str  # "AFIO_MAPR"
    value: int
    at_s: float  # after the reset; at most this
    silent_after: bool  # one instruction later SWD did not answer


def find_culprit(
    start_again: Callable[[], DebugLink], link: DebugLink, chip: Chip, budget_s: float
) -> Culprit | None:
    """Run from reset once for every few candidates. `start_again` halts the chip at its vector.

    `link` is one that is halted there. Raises LinkError kinds.
    """
    code = link.read(chip.flash.start, chip.flash.span.size)
    found = [
        store
        for name in swd_registers(chip)
        for store in find_stores(code, chip.flash.start, chip.registers[name])
    ]
    candidates = sorted(set(found), key=lambda store: store.pc)
    batch = max(1, comparators(link))
    for first in range(0, min(len(candidates), BATCHES * batch), batch):
        stores = candidates[first : first + batch]
        culprit = _run(start_again() if first else link, chip, stores, budget_s)
        if culprit is not None:
            return culprit
    return None


def swd_registers(chip: Chip) -> tuple[str, ...]:
    """Those that can take the SWD pins away."""
    return ("AFIO_MAPR",) if "AFIO_MAPR" in chip.registers else ("GPIOA_MODER", "GPIOA_AFRH")


def cuts_swd(chip: Chip, register: str, value: int) -> bool:
    """Whether SWD is gone once this is written."""
    fields = chip.layouts[register].fields
    if register == "AFIO_MAPR":
        return fields["SWJ_CFG"].of(value) == SWJ_OFF
    right = ALTERNATE if register == "GPIOA_MODER" else SWD_AF
    return any(field.of(value) != right for field in fields.values())


def _run(link: DebugLink, chip: Chip, stores: Sequence[Store], budget_s: float) -> Culprit | None:
    registers = {chip.registers[name]: name for name in swd_registers(chip)}
    began = link.now()
    try:
        with breakpoints(link, [store.pc for store in stores]):
            for _ in range(HITS):
                link.resume()
                seen = watch(link, budget_s, until_halt=True)
                if seen.halted is None:
                    return None
                at_s = link.now() - began
                hit = _hit(link, stores)
                if hit is None:
                    return None
                pc, address, value = hit
                name = registers.get(address)
                if name and cuts_swd(chip, name, value):
                    return Culprit(pc, name, value, at_s, _silent_after_step(link))
                step_over(link)
    except SILENT:
        return None
    return None


def _hit(link: DebugLink, stores: Sequence[Store]) -> tuple[int, int, int] | None:
    """PC, the address that is about to be stored to, and the value."""
    (pc,) = link.read_core(["pc"])
    store = next((store for store in stores if store.pc == pc), None)
    if store is None:
        return None
    base, value = link.read_core([f"r{store.base}", f"r{store.source}"])
    return pc, base + store.offset & 0xFFFF_FFFF, value


def _silent_after_step(link: DebugLink) -> bool:
    with suppress(LinkError):
        step_over(link)
    try:
        link.is_halted()
    except SILENT:
        return True
    return False
