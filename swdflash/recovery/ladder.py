"""The ladder: every rung there is, and the one loop that climbs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from swdflash.links.base import DebugLink, RomLink
from swdflash.links.errors import (
    LinkError,
    LinkLost,
    NoPermission,
    NoProbe,
    ProbeBusy,
    ProbeFailed,
    SeveralProbes,
)
from swdflash.recovery.bench import Bench
from swdflash.recovery.errors import HandNeeded, NoWayIn
from swdflash.recovery.finding import Attempt, Cause
from swdflash.recovery.hand import Act
from swdflash.recovery.rung import Missed, Needs, Reached, ReachedRom, Rung
from swdflash.recovery.rungs.attach import Attach, SlowerClock
from swdflash.recovery.rungs.by_hand import Boot0High, HandPower, HandReset
from swdflash.recovery.rungs.halt_on_sight import HaltOnSight
from swdflash.recovery.rungs.in_rom import DFU, UART, InRom, InRomByHand
from swdflash.recovery.rungs.mass_erase import MassErase
from swdflash.recovery.rungs.under_reset import SlowReset, UnderReset
from swdflash.target.errors import TargetError

LADDER: tuple[Rung, ...] = (
    Attach(),
    SlowerClock(),
    HaltOnSight(),
    UnderReset(),
    SlowReset(),
    InRom(UART),
    InRom(DFU),
    HandReset(),
    HandPower(),
    Boot0High(),
    InRomByHand(UART),
    InRomByHand(DFU),
    MassErase(),
)
NOT_ALONE = Needs.HAND | Needs.CONSENT | Needs.UART | Needs.DFU
ALONE = tuple(rung for rung in LADDER if not rung.needs & NOT_ALONE)
"""Rungs that need nobody and nothing but the probe, and lose nothing."""

# No rung helps against these: the probe itself is out of reach.
HOPELESS = (LinkLost, NoPermission, NoProbe, ProbeBusy, ProbeFailed, SeveralProbes)

Watch = Callable[[Attempt], None]


@dataclass(frozen=True)
class Climbed:
    """The way in that worked. Its link is the caller's to close."""

    reached: Reached | ReachedRom
    rung: Rung
    attempts: tuple[Attempt, ...]

    @property
    def link(self) -> DebugLink | RomLink:
        """The way in."""
        return self.reached.link

    @property
    def why(self) -> str:
        """What was seen."""
        return self.reached.why

    @property
    def undo(self) -> tuple[Act, ...]:
        """What the hand has to put back in the end."""
        return self.reached.undo


def ignore(_attempt: Attempt) -> None:
    """A watch that shows nothing."""


def climb(
    bench: Bench,
    rungs: Sequence[Rung] = LADDER,
    *,
    pointed_at: Cause | None = None,
    missed: Sequence[Attempt] = (),
    watch: Watch = ignore,
) -> Climbed:
    """Try rungs until one reaches the core: those that cure `pointed_at` first among their equals.

    Rungs that were `missed` just before are not tried again, and those that lose something only
    where they are pointed at.

    Raises `HandNeeded` where what is left needs a hand and the bench has none, `NoWayIn` where
    nothing is left, and the link errors that no rung helps against.
    """
    attempts = list(missed)
    waiting: list[Rung] = []
    tried = {attempt.name for attempt in missed}
    for rung in in_order([rung for rung in rungs if rung.name not in tried], pointed_at):
        if lacking := _lacking(rung, bench, pointed_at):
            waiting += [rung] if rung.needs & Needs.HAND else []
            attempts.append(Attempt(rung.name, False, False, lacking))
            continue
        outcome = _try(rung, bench)
        worked = not isinstance(outcome, Missed)
        attempts.append(Attempt(rung.name, True, worked, outcome.why))
        watch(attempts[-1])
        if not isinstance(outcome, Missed):
            bench.keep(outcome.link)
            return Climbed(outcome, rung, tuple(attempts))
    bench.close()
    told = tuple(rung.told for rung in waiting)
    if waiting and bench.hand is None:
        raise HandNeeded(tuple(attempts), told)
    raise NoWayIn(tuple(attempts), told)


def in_order(rungs: Sequence[Rung], pointed_at: Cause | None) -> list[Rung]:
    """Those that need nobody first, those that lose something last; then what is pointed at."""

    def rank(rung: Rung) -> tuple[bool, bool, bool]:
        return (
            bool(rung.needs & Needs.CONSENT),
            bool(rung.needs & Needs.HAND),
            pointed_at not in rung.cures,
        )

    return sorted(rungs, key=rank)


def _lacking(rung: Rung, bench: Bench, pointed_at: Cause | None) -> str:
    """Why a rung is not to be climbed here; empty where it is."""
    if rung.needs & Needs.HAND and bench.hand is None:
        return "needs somebody at the board"
    if rung.needs & Needs.CONSENT and (bench.agree is None or pointed_at not in rung.cures):
        return f"{rung.risks}: not called for"
    methods = {way.method for way in bench.roms}
    for need, method in ((Needs.UART, "uart"), (Needs.DFU, "dfu")):
        if rung.needs & need and method not in methods:
            return f"no way to its ROM by {method} was named (--rom)"
    return ""


def _try(rung: Rung, bench: Bench) -> Reached | ReachedRom | Missed:
    try:
        return rung.climb(bench)
    except HOPELESS:
        raise
    except (LinkError, TargetError) as error:
        return Missed(str(error))
