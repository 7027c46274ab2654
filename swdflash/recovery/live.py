"""A chip that answers a plain attach: whether it is well, and whether its program runs.

Nothing is changed, the core goes on; only a core that sits in a fault is reset once, to catch it.
"""

from __future__ import annotations

from dataclasses import dataclass

from swdflash.chips.chip import Chip
from swdflash.links.base import DebugLink, Offers
from swdflash.recovery.advice import ADVICE
from swdflash.recovery.fault import FAULTS, active_exception, catch_first_fault, read_faults
from swdflash.recovery.finding import Cause, Finding
from swdflash.recovery.notes import Notes, duration
from swdflash.recovery.program import application_behind, faults_of_vectors, vectors_at
from swdflash.recovery.reset_wire import ResetWire
from swdflash.recovery.symbols import Symbols
from swdflash.recovery.watch import Watched, watch
from swdflash.target.boot import Boot, BootSource, read_boot
from swdflash.target.dbgmcu import read_dbgmcu
from swdflash.target.errors import CloneRefused, UnknownChip
from swdflash.target.identify import identify
from swdflash.target.info import read_reset_flags
from swdflash.target.protection import read_protection

GLANCE_S = 0.05
LONG_LOOK_S = 2.5  # a watchdog may take seconds
WATCHDOGS = {"IWDGRSTF": "IWDG", "WWDGRSTF": "WWDG"}
RAN_AGAIN = "reset once to catch the fault; its firmware runs again"


@dataclass(frozen=True)
class Live:
    """A chip that answers, as it is looked at."""

    link: DebugLink
    chip: Chip
    notes: Notes
    symbols: Symbols


def examine_live(link: DebugLink, notes: Notes, symbols: Symbols, wire: ResetWire) -> Finding:
    """What is wrong with it, or that it is healthy. Raises LinkError kinds."""
    if Offers.VOLTAGE in link.offers:
        notes.note("supply", f"{link.voltage():.2f} V at VTref")
    seen = watch(link, GLANCE_S)
    if seen.in_reset:
        notes.note("DHCSR.S_RESET_ST", f"set at each of {seen.looks} looks in {seen.seconds:.3f} s")
        return notes.finding(Cause.HELD_IN_RESET, *ADVICE[Cause.HELD_IN_RESET])
    try:
        target = identify(link)
    except (UnknownChip, CloneRefused) as unknown:
        notes.note("chip", unknown)
        return notes.finding(Cause.UNKNOWN_CHIP, *ADVICE[Cause.UNKNOWN_CHIP])
    notes.note("chip", f"{target.chip.name}, UID {target.identity.uid}")
    if target.chip.clone:
        notes.see(f"clone: {target.chip.clone}")
    wire.recall(target)
    live = Live(link, target.chip, notes, symbols)
    return _examine(live, seen)


def _examine(live: Live, seen: Watched) -> Finding:
    link, chip, notes = live.link, live.chip, live.notes
    dbgmcu = read_dbgmcu(link, chip)
    notes.note("DBGMCU_CR", f"{dbgmcu.value:#010x} {' '.join(dbgmcu.set_bits)}".rstrip())
    flags = read_reset_flags(link, chip)
    notes.note("RCC_CSR", " ".join(flags) or "no reset flag")
    if read_protection(link, chip).read_protected:
        notes.note("FLASH_OBR.RDPRT", 1)
        return notes.finding(Cause.READ_PROTECTED_1, *ADVICE[Cause.READ_PROTECTED_1])
    boot = read_boot(link, chip)
    elsewhere = _boots(live, boot)
    if elsewhere:
        return elsewhere
    watchdogs = [WATCHDOGS[flag] for flag in flags if flag in WATCHDOGS]
    if watchdogs and seen.locked_up is None and len(seen.resets) <= 1:
        seen = watch(link, LONG_LOOK_S)
    return _loops(live, seen, watchdogs) or _stuck(live, seen, boot) or _well(live, seen)


def _boots(live: Live, boot: Boot) -> Finding | None:
    notes = live.notes
    notes.note("boots from", f"{boot.source}: {boot.evidence}")
    if boot.source in (BootSource.SYSTEM_MEMORY, BootSource.SRAM):
        if boot.empty:
            notes.see(Cause.EMPTY_FLASH)
        return notes.finding(Cause.BOOTS_ELSEWHERE, *ADVICE[Cause.BOOTS_ELSEWHERE])
    if boot.empty:
        notes.note("flash", f"erased at {live.chip.flash.start:#010x}: no vector table")
        return notes.finding(Cause.EMPTY_FLASH, *ADVICE[Cause.EMPTY_FLASH])
    return None


def _loops(live: Live, seen: Watched, watchdogs: list[str]) -> Finding | None:
    times = seen.resets[1:]  # the first look tells of any reset before it
    if len(times) < 2:
        for watchdog in watchdogs:
            live.notes.see(f"{watchdog} has reset it since power-on")
        return None
    each = (times[-1] - times[0]) / (len(times) - 1)
    what = f"{len(times)} in {seen.seconds:.3f} s, one each {duration(each)} or less"
    live.notes.note("resets seen (DHCSR.S_RESET_ST)", what)
    live.notes.note("reset by", " and ".join(watchdogs) or "no watchdog: software or NRST")
    return live.notes.finding(Cause.RESET_LOOP, *ADVICE[Cause.RESET_LOOP])


def _stuck(live: Live, seen: Watched, boot: Boot) -> Finding | None:
    """Locked up, or in a handler that does not end."""
    if seen.locked_up is not None:
        live.notes.note("DHCSR.S_LOCKUP", "set: the core has locked up")
        return _fault(live, Cause.LOCKUP)
    active = {active_exception(live.link) for _ in range(4)}
    if len(active) != 1 or active == {0}:
        return None
    (number,) = active
    if number in FAULTS:
        live.notes.note("ICSR.VECTACTIVE", f"{number}: the core stays in {FAULTS[number]}")
        return _fault(live, Cause.STUCK_IN_HANDLER)
    return _interrupt(live, number, boot)


def _interrupt(live: Live, number: int, boot: Boot) -> Finding | None:
    """An interrupt at each look: a handler that never ends."""
    link, notes = live.link, live.notes
    seen = [active_exception(link) for _ in range(40)]
    if set(seen) != {number}:
        return None
    link.halt()
    (pc,) = link.read_core(["pc"])
    link.resume()
    notes.note("ICSR.VECTACTIVE", f"{number} at each of {len(seen)} looks")
    notes.note("PC", live.symbols.name(pc))
    application = application_behind(link, live.chip, pc)
    advice = ADVICE[Cause.STUCK_IN_HANDLER]
    if application and boot.vtor in (0, live.chip.flash.start):
        notes.note(
            "SCB_VTOR", f"{boot.vtor:#010x}, a program begins at {application.address:#010x}"
        )
        notes.see("vtor-not-set")
        advice = (
            (
                f"let the program at {application.address:#010x} set its vector table first: "
                f"SCB->VTOR = {application.address:#010x};"
            ),
        )
    return notes.finding(Cause.STUCK_IN_HANDLER, *advice)


def _fault(live: Live, cause: Cause) -> Finding:
    """The registers as they are, then the first fault after a reset."""
    link, notes = live.link, live.notes
    notes.note("fault registers", read_faults(link))
    advice = list(ADVICE[cause])
    vectors = vectors_at(link, live.chip.flash.start)
    if vectors:
        for wrong, cure in faults_of_vectors(link, live.chip, vectors):
            notes.note("vector table", wrong)
            advice.insert(0, cure)
    first = catch_first_fault(link, 1.0)
    if first:
        notes.note("first fault", f"{duration(first.at_s)} after reset at most; {first.faults}")
        if first.pc is not None:
            notes.note("PC", live.symbols.name(first.pc))
        notes.note("SP", f"{first.sp:#010x}")
    link.resume()
    return notes.finding(cause, *advice, left=RAN_AGAIN)


def _well(live: Live, seen: Watched) -> Finding:
    asleep = f", asleep at {seen.asleep} of {seen.looks} looks" if seen.asleep else ""
    state = "halted by a debugger" if seen.halted is not None else f"running{asleep}"
    live.notes.note("core", state)
    return live.notes.finding(Cause.HEALTHY)
