"""A recorded `diagnose` or `recover`, played back: the same comes out, to the microsecond."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from swdflash.links.recording import Call, read_calls, read_header
from tests.cli.conftest import Run, must_match_its_schema
from tests.cli.conftest import _own_place as _own_place  # noqa: PLC0414  (an autouse fixture)
from tests.cli.conftest import swdflash as swdflash  # noqa: PLC0414
from tests.recovery.scene import BLINKY, firmware

RECORD = "board.jsonl"


def recorded_and_replayed(run: Run, *argv: str) -> Any:
    """The recorded command's document, once the replay has said that the same came out."""
    recorded = run(*argv, "--record", RECORD, "--json")
    again = run("replay", RECORD, "--json").document
    must_match_its_schema(again)
    assert again["ok"], again["error"]
    assert again["result"]["same"] is True
    assert again["result"]["exit"] == recorded.exit
    return recorded.document


def board(run: Run, name: str, *options: str) -> None:
    new = ("sim", "new", "bench", "--board", "bluepill", "--firmware", str(firmware(name)))
    assert run(*new, *options).exit == 0


@pytest.mark.parametrize("via", ["sim:bench", "openocd:sim:bench"])
def test_a_diagnosis_replays(swdflash: Run, via: str) -> None:
    board(swdflash, "swj_off")
    elf = str(firmware("swj_off"))
    result = recorded_and_replayed(swdflash, "diagnose", "--elf", elf, "--via", via)["result"]
    assert result["cause"] == "swd-pins-remapped"
    assert all(each["simulated"] for each in result["evidence"])


def test_links_that_do_not_open_have_their_time(swdflash: Run) -> None:
    board(swdflash, "swj_off", "--no-nrst")
    result = recorded_and_replayed(swdflash, "diagnose", "--via", "sim:bench")["result"]
    assert result["cause"] == "no-answer"
    assert read_header(Path(RECORD)).simulated
    failed = [call.at for call in read_calls(Path(RECORD)) if is_failed_open(call)]
    assert len(failed) >= 3
    assert failed == sorted(failed)
    assert 0 < failed[0] < failed[-1]


def is_failed_open(call: Call) -> bool:
    return call.call == "open" and call.error is not None


@pytest.mark.parametrize("rest", [[str(BLINKY)], [], ["--erase-first-page", "--yes"]])
def test_a_recovery_replays(swdflash: Run, rest: list[str]) -> None:
    board(swdflash, "stop_wfi")
    result = recorded_and_replayed(swdflash, "recover", *rest, "--via", "sim:bench")["result"]
    assert result["rung"] == "under-reset"
    assert result["cause"] == "low-power"


def test_what_was_known_of_the_reset_wire_is_known_to_the_replay(swdflash: Run) -> None:
    board(swdflash, "blinky")
    assert swdflash("probe", "test-reset", "--via", "sim:bench").exit == 0
    result = recorded_and_replayed(swdflash, "diagnose", "--via", "sim:bench")["result"]
    assert result["cause"] == "healthy"
    known = [each["value"] for each in result["evidence"] if each["what"] == "NRST"]
    assert len(known) == 1
    assert known[0].startswith("wired when it was last tested")
