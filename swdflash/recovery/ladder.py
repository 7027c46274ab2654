"""The ladder: every rung there is, and the one loop that climbs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from swdflash.links.base import DebugLink
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
from swdflash.recovery.rung import Missed, Needs, Reached, Rung
from swdflash.recovery.rungs.attach import Attach, SlowerClock
from swdflash.recovery.rungs.by_hand import Boot0High, HandPower, HandReset
from swdflash.recovery.rungs.halt_on_sight import HaltOnSight
from swdflash.recovery.rungs.mass_erase import MassErase
from swdflash.recovery.rungs.under_reset import SlowReset, UnderReset
from swdflash.target.errors import TargetError

LADDER: tuple[Rung, ...] = (
    Attach(),
    SlowerClock(),
    HaltOnSight(),
    UnderReset(),
    SlowReset(),
    HandReset(),
    HandPower(),
    Boot0High(),
    MassErase(),
)
ALONE = tuple(rung for rung in LADDER if not rung.needs & (Needs.HAND | Needs.CONSENT))
"""Rungs that need nobody and lose nothing."""

# No rung helps against these: the probe itself is out of reach.
HOPELESS = (LinkLost, NoPermission, NoProbe, ProbeBusy, ProbeFailed, SeveralProbes)

Watch = Callable[[Attempt], None]


@dataclass(frozen=True)
class Climbed:
    """The way in that worked. `link` is the caller's to close."""

    link: DebugLink
    rung: Rung
    why: str  # what was seen
    dbgmcu: int | None  # DBGMCU_CR before the rung changed it; None where it did not
    attempts: tuple[Attempt, ...]
    undo: tuple[Act, ...] = ()  # what the hand has to put back in the end


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
        if rung.needs & Needs.HAND and bench.hand is None:
            waiting.append(rung)
            attempts.append(Attempt(rung.name, False, False, "needs somebody at the board"))
            continue
        if rung.needs & Needs.CONSENT and (bench.agree is None or pointed_at not in rung.cures):
            attempts.append(Attempt(rung.name, False, False, f"{rung.risks}: not called for"))
            continue
        outcome = _try(rung, bench)
        worked = isinstance(outcome, Reached)
        attempts.append(Attempt(rung.name, True, worked, outcome.why))
        watch(attempts[-1])
        if isinstance(outcome, Reached):
            link = bench.keep(outcome.link)
            return Climbed(link, rung, outcome.why, outcome.dbgmcu, tuple(attempts), outcome.undo)
    bench.close()
    if waiting:
        raise HandNeeded(tuple(attempts), tuple(rung.told for rung in waiting))
    raise NoWayIn(tuple(attempts))


def in_order(rungs: Sequence[Rung], pointed_at: Cause | None) -> list[Rung]:
    """Those that need nobody first, those that lose something last; then what is pointed at."""

    def rank(rung: Rung) -> tuple[bool, bool, bool]:
        return (
            bool(rung.needs & Needs.CONSENT),
            bool(rung.needs & Needs.HAND),
            pointed_at not in rung.cures,
        )

    return sorted(rungs, key=rank)


def _try(rung: Rung, bench: Bench) -> Reached | Missed:
    try:
        return rung.climb(bench)
    except HOPELESS:
        raise
    except (LinkError, TargetError) as error:
        return Missed(str(error))
