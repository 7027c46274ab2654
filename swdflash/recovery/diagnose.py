"""Why a board does not answer, or does not run. Nothing is erased and no option byte changed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from swdflash.errors import SwdflashError
from swdflash.links.base import DebugLink
from swdflash.links.errors import (
    BusWaits,
    LinkError,
    NoPermission,
    NoProbe,
    NoTargetVoltage,
    ProbeBusy,
)
from swdflash.recovery.advice import ADVICE
from swdflash.recovery.bench import Bench
from swdflash.recovery.finding import Attempt, Cause, Finding
from swdflash.recovery.from_reset import FromReset
from swdflash.recovery.ladder import HOPELESS
from swdflash.recovery.live import examine_live
from swdflash.recovery.notes import Notes
from swdflash.recovery.reset_wire import ResetWire
from swdflash.recovery.rung import Missed, Reached
from swdflash.recovery.rungs.attach import Attach, SlowerClock
from swdflash.recovery.rungs.halt_on_sight import HaltOnSight
from swdflash.recovery.rungs.under_reset import SlowReset, UnderReset, why_missed
from swdflash.recovery.symbols import Symbols
from swdflash.target.errors import TargetError
from swdflash.target.identify import identify

# Errors that are a diagnosis by themselves.
PLAIN: dict[type[SwdflashError], Cause] = {
    NoProbe: Cause.NO_PROBE,
    NoPermission: Cause.NO_PERMISSION,
    ProbeBusy: Cause.PROBE_BUSY,
    NoTargetVoltage: Cause.NO_TARGET_VOLTAGE,
}
NO_REMEDY = "swdflash recover, in a terminal, with somebody at the board"


def diagnose(bench: Bench, elf: Path | None = None) -> Finding:
    """What is wrong, with the evidence. `elf` gives addresses names.

    Raises `SeveralProbes` and other errors that no board is to blame for; OSError for `elf`.
    """
    notes = Notes(bench.now)
    try:
        return examine(bench, elf, notes)
    except tuple(PLAIN) as error:
        return _plain(error, notes)


def examine(bench: Bench, elf: Path | None = None, notes: Notes | None = None) -> Finding:
    """As `diagnose`, but what stands between the host and the chip is raised: `PLAIN`."""
    examination = Examination(bench, notes or Notes(bench.now), Symbols.read(elf))
    with bench:
        finding = examination.run()
    return replace(finding, rungs=tuple(examination.attempts))


def without_probe(bench: Bench) -> Finding:
    """All that can be said where only the ROM bootloader may be within reach."""
    notes = Notes(bench.now)
    names = ", ".join(way.name for way in bench.roms)
    notes.note("probe", f"none was asked for; the ROM bootloader is looked for at {names}")
    return notes.finding(Cause.NO_PROBE, *ADVICE[Cause.NO_ANSWER][-1:])


def _plain(error: SwdflashError, notes: Notes) -> Finding:
    words = error.explain()
    notes.note(words.what, words.why)
    cause = next(cause for kind, cause in PLAIN.items() if isinstance(error, kind))
    return notes.finding(cause, *words.next)


@dataclass
class Examination:
    """One board, looked at in ever less gentle ways until it is clear what is wrong."""

    bench: Bench
    notes: Notes
    symbols: Symbols
    attempts: list[Attempt] = field(default_factory=list)
    bus_waits: bool = False  # seen on the way: the debug port answers, the bus does not
    wire: ResetWire = field(init=False)

    def __post_init__(self) -> None:
        self.wire = ResetWire(self.notes, self.bench.wires)

    def run(self) -> Finding:
        """Attach; else slower; else from reset; else on sight. Raises LinkError kinds."""
        attached = self._climb(Attach())
        if attached:
            return examine_live(attached, self.notes, self.symbols, self.wire)
        return (
            self._slower()
            or self._from_reset(UnderReset())
            or self._from_reset(SlowReset())
            or self._on_sight()
            or self._silent()
        )

    def _climb(self, rung: Attach | SlowerClock | HaltOnSight) -> DebugLink | None:
        outcome: Reached | Missed
        try:
            outcome = rung.climb(self.bench)
        except (*HOPELESS, NoTargetVoltage):
            raise
        except LinkError as error:
            self.bus_waits = self.bus_waits or isinstance(error, BusWaits)
            outcome = Missed(str(error))
        worked = isinstance(outcome, Reached)
        self._tried(rung.name, outcome.why, worked=worked)
        return outcome.link if isinstance(outcome, Reached) else None

    def _tried(self, name: str, why: str, *, worked: bool) -> None:
        self.attempts.append(Attempt(name, True, worked, why))
        self.notes.note(name, why)

    def _slower(self) -> Finding | None:
        """Proven by going back: at the clock that was asked for it is silent again."""
        link = self._climb(SlowerClock())
        if link is None:
            return None
        good = link.info.clock_hz
        again = self._climb(Attach())
        prove = None if again is None else "a plain attach worked the second time: try it again"
        advice = (f"use the slower clock: --clock {good}", *ADVICE[Cause.NEEDS_SLOWER_CLOCK])
        return self.notes.finding(Cause.NEEDS_SLOWER_CLOCK, *advice, would_prove=prove)

    def _from_reset(self, rung: UnderReset) -> Finding | None:
        try:
            link, caught = rung.catch(self.bench)
        except (*HOPELESS, NoTargetVoltage):
            raise
        except LinkError as error:
            self._tried(rung.name, str(error), worked=False)
            if isinstance(error, BusWaits):
                self.wire.untold("driven low, but memory goes on waiting, as if unwired")
            return None
        why = "halted at the reset vector" if caught.at_vector else why_missed(caught)
        self._tried(rung.name, why, worked=caught.at_vector)
        if not caught.at_vector:
            return None
        try:
            return FromReset(self.bench, rung, self.notes, self.symbols, self.wire).examine(link)
        except TargetError as error:
            self.notes.note("chip", error)
            return self.notes.finding(Cause.UNKNOWN_CHIP, *ADVICE[Cause.UNKNOWN_CHIP])

    def _on_sight(self) -> Finding | None:
        link = self._climb(HaltOnSight())
        if link is None:
            return None
        with suppress(LinkError):
            self._prove_wire(link)
            link.resume()
            return examine_live(link, self.notes, self.symbols, self.wire)
        return None

    def _prove_wire(self, link: DebugLink) -> None:
        with suppress(TargetError):
            self.wire.prove(identify(link))

    def _silent(self) -> Finding:
        """Nothing reaches the core; its debug port alone may still tell something."""
        hand = f"{NO_REMEDY}: a hand on RESET"
        self.wire.untold("not tested: that takes a core that answers")
        if self.bus_waits:
            self.notes.note("debug port", "answers, but memory does not: HCLK stands still")
            return self.notes.finding(
                Cause.LOW_POWER,
                *ADVICE[Cause.LOW_POWER],
                would_prove=f"{hand} lets it run with the debug bits of DBGMCU_CR set",
            )
        return self.notes.finding(
            Cause.NO_ANSWER,
            *ADVICE[Cause.NO_ANSWER],
            would_prove=f"{hand} tells cut SWD from bad wiring",
        )
