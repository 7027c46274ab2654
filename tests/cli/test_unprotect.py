from __future__ import annotations

from pathlib import Path

import pytest

from swdflash.sim.store import Store
from tests.cli.conftest import Run, must_match_its_schema

BLINKY = Path(__file__).parents[2] / "examples" / "blinky" / "blinky.elf"


@pytest.fixture(autouse=True)
def _protected_board(swdflash: Run) -> None:
    made = ("sim", "new", "locked", "--board", "bluepill", "--firmware", str(BLINKY), "--rdp", "1")
    assert swdflash(*made).exit == 0


def flash() -> bytes:
    with Store().open("locked") as kept:
        return bytes(kept.nonvolatile.flash[:1024])


def test_it_is_asked_for_and_nobody_answers(swdflash: Run) -> None:
    before = flash()
    outcome = swdflash("unprotect", "--via", "sim:locked", "--json")
    assert outcome.exit == 10
    assert outcome.document["error"]["code"] == "nobody-to-ask"
    assert flash() == before


def test_a_dry_run_says_what_goes(swdflash: Run) -> None:
    before = flash()
    outcome = swdflash("unprotect", "--via", "sim:locked", "--dry-run")
    assert outcome.exit == 0
    assert "erases all 64 KiB" in outcome.out
    assert flash() == before


def test_it_erases_opens_and_proves_it(swdflash: Run) -> None:
    outcome = swdflash("unprotect", "--via", "sim:locked", "--yes", "--json")
    must_match_its_schema(outcome.document)
    assert outcome.exit == 0
    assert outcome.document["result"]["was_protected"] is True
    assert outcome.document["result"]["done"]["erased_bytes"] == 64 * 1024
    assert flash() == b"\xff" * 1024
    assert swdflash("write", str(BLINKY), "--via", "sim:locked").exit == 0


def test_an_open_chip_is_left_alone(swdflash: Run) -> None:
    assert swdflash("unprotect", "--via", "sim:locked", "--yes").exit == 0
    assert swdflash("write", str(BLINKY), "--via", "sim:locked").exit == 0
    before = flash()
    outcome = swdflash("unprotect", "--via", "sim:locked", "--yes", "--json")
    assert outcome.document["result"]["done"] is None
    assert flash() == before


def test_a_write_to_a_protected_chip_names_the_command(swdflash: Run) -> None:
    outcome = swdflash("write", str(BLINKY), "--via", "sim:locked")
    assert outcome.exit == 6
    assert "swdflash unprotect" in outcome.err
