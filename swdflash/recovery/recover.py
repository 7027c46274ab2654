"""Gets a board back: finds out what is wrong, climbs to the core, takes what blocks it away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from swdflash.links.errors import NoAnswer, NoTargetVoltage, Timeout, TransferFault
from swdflash.recovery.bench import Bench
from swdflash.recovery.errors import HeldInReset, StillSilent
from swdflash.recovery.finding import Attempt, Cause, Finding
from swdflash.recovery.ladder import LADDER, Climbed, Watch, climb, ignore, in_order
from swdflash.recovery.notes import Notes, duration
from swdflash.recovery.rung import Needs, ReachedRom, Rung
from swdflash.recovery.rungs.attach import answers_steadily
from swdflash.recovery.rungs.mass_erase import MassErase
from swdflash.recovery.watch import watch
from swdflash.target.errors import ReadProtected
from swdflash.target.identify import identify
from swdflash.target.identify_rom import identify_rom
from swdflash.target.presence import Presence
from swdflash.target.rom_target import AnyTarget, RomTarget
from swdflash.target.unprotect import is_read_protected, unprotect, what_it_costs

STAYS_S = 0.5  # firmware that cuts SWD at its start has done so by then


@dataclass(frozen=True)
class Recovered:
    """A board that answers again. `target.link` is the caller's to close."""

    finding: Finding
    climbed: Climbed
    target: AnyTarget


def recover(
    bench: Bench,
    finding: Finding,
    rungs: Sequence[Rung] = LADDER,
    *,
    chip_name: str | None = None,
    watch: Watch = ignore,
) -> Recovered:
    """Climb to the core of a board that was diagnosed, or to its ROM bootloader.

    Rungs that the diagnosis has tried are not tried again. Raises `HandNeeded`, `NoWayIn`,
    `HeldInReset`, TargetError and LinkError kinds, and what `bench.agree` raises.
    """
    if finding.cause is Cause.HELD_IN_RESET:
        raise HeldInReset
    if finding.cause is Cause.READ_PROTECTED_1:
        rungs = (MassErase(),)
    if finding.cause is Cause.NO_PROBE:
        rungs = [rung for rung in rungs if rung.needs & (Needs.UART | Needs.DFU)]
    missed = tuple(each for each in finding.rungs if each.tried and not each.worked)
    climbed = climb(bench, rungs, pointed_at=finding.cause, missed=missed, watch=watch)
    try:
        target = _target(bench, climbed, chip_name)
    except BaseException:
        climbed.link.close()
        raise
    return Recovered(replace(finding, rungs=climbed.attempts), climbed, target)


def _target(bench: Bench, climbed: Climbed, chip_name: str | None) -> AnyTarget:
    reached = climbed.reached
    if isinstance(reached, ReachedRom):
        reached.link.stay()
        return _open_rom(bench, identify_rom(reached.link, chip_name=chip_name))
    link = reached.link
    target = identify(link, chip_name=chip_name)
    stopped = link.is_halted()
    presence = Presence(link, target.chip, stopped_core=stopped, found=reached.dbgmcu)
    presence.begin()
    return replace(target, presence=presence)


def _open_rom(bench: Bench, target: RomTarget) -> RomTarget:
    """Read protection shuts the ROM, too: it is taken off where somebody agrees to what goes."""
    if is_read_protected(target):
        if bench.agree is None:
            raise ReadProtected(target.chip.name)
        bench.agree(what_it_costs(target.chip))
        unprotect(target)
    return target


def attach_only(bench: Bench) -> Finding:
    """Whether a plain attach works, and the rungs that would be tried. Changes nothing.

    Raises the link errors that no rung helps against.
    """
    notes = Notes(bench.now)
    try:
        require_plain_attach(bench)
        finding = notes.finding(Cause.HEALTHY, would_prove="only a plain attach was tried")
    except StillSilent as silence:
        notes.note("attach", silence.reason)
        finding = notes.finding(Cause.NO_ANSWER, would_prove="swdflash diagnose")
    planned = (
        Attempt(rung.name, False, False, rung.told or rung.risks) for rung in in_order(LADDER, None)
    )
    return replace(finding, rungs=tuple(planned))


def require_plain_attach(bench: Bench, clock_hz: int | None = None) -> None:
    """The board answers as any other does, and goes on to for a while. Raises `StillSilent`."""
    try:
        with bench:
            link = bench.open(clock_hz=clock_hz)
            steady = answers_steadily(link)
            silent_from = watch(link, STAYS_S).silent_from
            if steady and silent_from is None:
                return
            why = "what is read differs from time to time"
            if silent_from is not None:
                why = f"SWD went silent {duration(silent_from)} after a plain attach"
    except (NoAnswer, NoTargetVoltage, Timeout, TransferFault) as error:
        why = str(error)
    raise StillSilent(why)
