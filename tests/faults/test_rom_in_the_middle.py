"""Writes over UART and USB that are cut off: nothing is lost, whoever writes next, by what way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from swdflash.errors import Exit
from swdflash.sim.faults import ENVIRONMENT
from tests.faults.bench import NAME, surroundings
from tests.faults.refusal import must_explain
from tests.faults.rom_cuts import IMAGE, OTHER, Cut

# The way of the write, its chip, and another way to that chip: the journal goes by the UID.
WAYS = (
    ("uart", "STM32F103C8", f"sim:{NAME}"),
    ("uart", "STM32F072RB", f"dfu:sim:{NAME}"),
    ("dfu", "STM32F405RG", f"uart:sim:{NAME}"),
    ("dfu", "STM32F107VC", f"sim:{NAME}"),
)
CUTS = (
    ("unplug", "program"),
    ("power-cut", "erase"),
    ("kill", "program"),
    ("SIGINT", "erase"),
    ("SIGTERM", "program"),
)
ENDS = {"SIGINT": Exit.INTERRUPTED, "SIGTERM": Exit.INTERRUPTED}  # else the link is lost


@pytest.fixture(scope="module", params=WAYS, ids=lambda way: "-".join(way[:2]))
def way(request: pytest.FixtureRequest) -> tuple[str, str, str]:
    found: tuple[str, str, str] = request.param
    return found


@pytest.fixture(scope="module")
def cut(way: tuple[str, str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cut]:
    folder = tmp_path_factory.mktemp("cut")
    with surroundings(folder):
        yield Cut(way[0], way[1], folder)


@pytest.fixture(autouse=True)
def _as_before(cut: Cut) -> None:
    cut.bench.memory = cut.before


def must_be_cut_off(cut: Cut, fault: str, stage: str) -> None:
    """Its words are true and help, and what is to be kept is on disk."""
    outcome = cut.struck(fault, stage)
    assert cut.bench.memory.journals
    if outcome is None:
        return
    assert outcome.exit == ENDS.get(fault, Exit.LINK_LOST), outcome.out
    error = must_explain(outcome)
    assert error["code"] == ("write-interrupted" if fault in ENDS else "write-cut-short")
    assert "are safe in the journal" in error["why"]
    assert "same command again" in " ".join(error["next"])


@pytest.mark.parametrize(("fault", "stage"), CUTS)
def test_the_same_command_finishes(cut: Cut, fault: str, stage: str) -> None:
    must_be_cut_off(cut, fault, stage)
    again = cut.write()
    assert again.exit == 0, again.out
    cut.must_hold(IMAGE)


@pytest.mark.parametrize(("fault", "stage"), CUTS[:3])
def test_another_write_by_another_way_puts_back_what_was_kept(
    cut: Cut, way: tuple[str, str, str], fault: str, stage: str
) -> None:
    must_be_cut_off(cut, fault, stage)
    other = cut.write_other(way[2])
    assert other.exit == 0, other.out
    assert "journal-restored" in {each["code"] for each in other.document["warnings"]}
    cut.must_hold(OTHER)


def test_a_reset_by_hand_takes_the_chip_out_of_its_rom(cut: Cut) -> None:
    outcome = cut.reset_by_hand("program")
    assert outcome.exit == Exit.LINK_LOST, outcome.out
    error = must_explain(outcome)
    assert error["code"] == "write-cut-short"
    assert "BOOT0" in " ".join(error["next"])
    again = cut.write()
    assert again.exit == 0, again.out
    cut.must_hold(IMAGE)


def test_before_anything_is_changed_nothing_is_said_of_flash(
    cut: Cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENVIRONMENT, f"unplug@{cut.steps['erase'] // 8}")
    outcome = cut.write()
    assert outcome.exit in (Exit.LINK_LOST, Exit.NO_ANSWER, Exit.NO_PROBE), outcome.out
    assert "erased" not in must_explain(outcome)["why"]
    assert cut.bench.memory == cut.before
