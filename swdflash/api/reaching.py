"""From a way to a chip within reach: by a plain attach, else by the rungs that need nobody."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from swdflash.api.readiness import KnownWires
from swdflash.links.base import Connect, DebugLink
from swdflash.links.errors import (
    CoreWillNotHalt,
    LinkError,
    NoAnswer,
    NoTargetVoltage,
    Timeout,
    TransferFault,
)
from swdflash.links.held_way import HeldWay
from swdflash.recovery.advice import once_back
from swdflash.recovery.bench import Bench
from swdflash.recovery.diagnose import examine
from swdflash.recovery.finding import Attempt, Finding
from swdflash.recovery.ladder import ALONE, Climbed, climb
from swdflash.recovery.rung import Reached
from swdflash.target.arrival import Arrival
from swdflash.target.identify import identify
from swdflash.target.presence import OnConnect, Presence
from swdflash.target.target import Target

LOG = logging.getLogger(__name__)
LOOK_AGAIN_S = 0.2
SILENT = (NoAnswer, TransferFault, CoreWillNotHalt, Timeout)  # what another way in may mend
WAITED_FOR = (*SILENT, NoTargetVoltage)


@dataclass(frozen=True)
class Reach:
    """What is wanted of a chip within reach, and what may be done for it."""

    chip: str | None = None  # vouches for a part that cannot tell itself
    connect: Connect = Connect.ATTACH
    clock_hz: int | None = None
    on_connect: OnConnect = OnConnect.RESTORE
    recover: bool = True  # climb the rungs that need nobody and lose nothing
    timeout_s: float = 0.0  # how long a silent chip is called


@contextmanager
def target_within_reach(way: HeldWay, reach: Reach) -> Iterator[Target]:
    """The chip, identified; at the end it is left as it was found, as far as that can be.

    A core that was stopped on the way in runs again, unless somebody took it over
    (`Presence.hand_over`). Raises LinkError and TargetError kinds; a NoAnswer has what else was
    tried in its notes.
    """
    deadline = way.now() + reach.timeout_s
    with _reached(way, reach, deadline) as target, target.link:
        try:
            yield target
        except BaseException as error:
            target.presence.leave(error)
            raise
        target.presence.leave()


@contextmanager
def _reached(way: HeldWay, reach: Reach, deadline: float) -> Iterator[Target]:
    while True:
        try:
            target = _attach_or_climb(way, reach)
        except WAITED_FOR:
            if way.now() >= deadline:
                raise
            time.sleep(LOOK_AGAIN_S)
        else:
            break
    yield target


def _attach_or_climb(way: HeldWay, reach: Reach) -> Target:
    try:
        return _attach(way, reach)
    except SILENT as silence:
        if not reach.recover or reach.connect is not Connect.ATTACH:
            raise
        LOG.info("a plain attach fails: %s", silence)
        with Bench(way, clock_hz=reach.clock_hz, wires=KnownWires()) as bench:
            return _climb(bench, reach, silence)


def _attach(way: HeldWay, reach: Reach) -> Target:
    link = way.open(reach.connect, reach.clock_hz)
    with _closed_on_failure(link):
        target = identify(link, chip_name=reach.chip)
        presence = Presence(link, target.chip, reach.on_connect)
        presence.begin()
        return replace(target, presence=presence)


def _climb(bench: Bench, reach: Reach, silence: LinkError) -> Target:
    """Find out why it is silent, then go in by what helps against that."""
    finding = examine(bench)
    LOG.info("cause: %s (%s)", finding.cause, "proven" if finding.proven else "likely")
    if not any(attempt.worked for attempt in finding.rungs):
        names = ", ".join(attempt.name for attempt in finding.rungs)
        silence.add_note(f"none of these ways in worked: {names}")
        raise silence
    climbed = climb(bench, ALONE, pointed_at=finding.cause, watch=_log)
    reached = climbed.reached
    assert isinstance(reached, Reached), "no rung that needs nobody ends in the ROM"
    link = reached.link
    with _closed_on_failure(link):
        target = identify(link, chip_name=reach.chip)
        stopped = link.is_halted()
        presence = Presence(
            link, target.chip, reach.on_connect, stopped_core=stopped, found=reached.dbgmcu
        )
        presence.begin()
    return replace(target, presence=presence, arrival=_arrival(climbed, finding, silence))


def _arrival(climbed: Climbed, finding: Finding, silence: LinkError) -> Arrival:
    return Arrival(
        rung=climbed.rung.name,
        how=climbed.why,
        refused=str(silence),
        cause=finding.cause.value,
        proven=finding.proven,
        evidence=_measured(finding),
        advice=once_back(finding.advice),
    )


def _measured(finding: Finding) -> tuple[tuple[str, str], ...]:
    """The evidence without the rungs' own lines."""
    rungs = {attempt.name for attempt in finding.rungs}
    return tuple((each.what, each.value) for each in finding.evidence if each.what not in rungs)


def _log(attempt: Attempt) -> None:
    LOG.info("%s %s: %s", attempt.name, "works" if attempt.worked else "fails", attempt.why)


@contextmanager
def _closed_on_failure(link: DebugLink) -> Iterator[None]:
    try:
        yield
    except BaseException:
        link.close()
        raise
