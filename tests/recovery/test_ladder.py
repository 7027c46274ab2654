"""The order of the rungs, and what the loop does with each outcome."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from swdflash.links.base import Connect, DebugLink
from swdflash.links.errors import NoAnswer, NoProbe
from swdflash.recovery.bench import Bench
from swdflash.recovery.errors import HandNeeded, NoWayIn
from swdflash.recovery.finding import Attempt, Cause
from swdflash.recovery.ladder import ALONE, LADDER, climb, in_order
from swdflash.recovery.rung import Missed, Needs, Reached
from tests.recovery.scene import make_board, on_bench


class NoWay:
    """Nothing is to be opened."""

    simulated = True

    def open(
        self,
        connect: Connect = Connect.ATTACH,
        clock_hz: int | None = None,
        *,
        insist_s: float = 0.0,
    ) -> DebugLink:
        raise AssertionError(connect)

    def now(self) -> float:
        return 0.0


@dataclass
class Fails:
    """A rung that ends as it is told to."""

    name: str
    needs: Needs = Needs.NOTHING
    cures: frozenset[Cause] = frozenset()
    error: Exception | None = None
    risks: str = "nothing"
    told: str = ""
    climbs: list[Bench] = field(default_factory=list)

    def climb(self, bench: Bench) -> Reached | Missed:
        self.climbs.append(bench)
        if self.error:
            raise self.error
        return Missed("nothing was there")


def test_who_needs_nobody_comes_first_and_who_loses_something_last() -> None:
    names = [rung.name for rung in in_order(tuple(reversed(LADDER)), None)]
    hands = [rung.name for rung in LADDER if rung.needs & Needs.HAND]
    assert names[-1] == "mass-erase"
    assert set(names[-1 - len(hands) : -1]) == set(hands)
    nobody = names[: -1 - len(hands)]
    assert set(nobody) == {rung.name for rung in ALONE} | {"rom-uart", "rom-dfu"}


@pytest.mark.parametrize(
    ("cause", "first"),
    [
        (Cause.SWD_PINS_REMAPPED, "under-reset"),
        (Cause.LOW_POWER, "under-reset"),
        (Cause.NEEDS_SLOWER_CLOCK, "slower-clock"),
        (Cause.HEALTHY, "attach"),
        (Cause.LOCKUP, "halt-on-sight"),
    ],
)
def test_what_is_pointed_at_comes_first(cause: Cause, first: str) -> None:
    assert in_order(LADDER, cause)[0].name == first


def test_a_link_error_is_a_miss_and_a_missing_probe_is_the_end() -> None:
    silent = Fails("silent", error=NoAnswer("nothing"))
    gone = Fails("gone", error=NoProbe("a probe"))
    never = Fails("never")
    with pytest.raises(NoProbe):
        climb(Bench(NoWay()), [silent, gone, never])
    assert silent.climbs
    assert not never.climbs


def test_every_attempt_is_told() -> None:
    seen: list[Attempt] = []
    with pytest.raises(NoWayIn) as nowhere:
        climb(Bench(NoWay()), [Fails("one"), Fails("two")], watch=seen.append)
    assert [each.name for each in seen] == ["one", "two"]
    assert nowhere.value.attempts == tuple(seen)
    assert "one, two: nothing was there" in nowhere.value.explain().why


def test_nobody_there_ends_with_what_to_do() -> None:
    press = Fails("press", Needs.HAND, told="press it")
    erase = Fails("erase", Needs.CONSENT, frozenset({Cause.READ_PROTECTED_1}))
    with pytest.raises(HandNeeded) as needed:
        climb(Bench(NoWay(), agree=lambda _action: None), [press, erase])
    assert not press.climbs
    assert not erase.climbs
    assert "press it" in needed.value.explain().next


def test_what_was_missed_before_is_not_tried_again() -> None:
    again, other = Fails("again"), Fails("other")
    before = Attempt("again", True, False, "no")
    with pytest.raises(NoWayIn) as nowhere:
        climb(Bench(NoWay()), [again, other], missed=[before])
    assert not again.climbs
    assert [each.name for each in nowhere.value.attempts] == ["again", "other"]


def test_a_kept_link_outlives_the_bench_and_no_other_does() -> None:
    with on_bench(make_board("blinky")) as scene:
        with Bench(scene.way) as bench:
            first = bench.open()
            climbed = climb(bench)
        assert isinstance(climbed.reached, Reached)
        with climbed.reached.link as link:
            assert link is not first
            assert link.read32(0xE000_ED00) == 0x411F_C231
