"""Commands on a virtual Blue Pill, as a person types them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from swdflash.sim.store import Store
from tests.cli.conftest import Run, must_match_its_schema

BLINKY = Path(__file__).parents[2] / "examples" / "blinky" / "blinky.elf"
BOARD = "sim:bench"
FLASH = 0x0800_0000


@pytest.fixture(autouse=True)
def _bench(swdflash: Run) -> None:
    assert swdflash("sim", "new", "bench", "--board", "bluepill").exit == 0


@pytest.fixture
def blinky(tmp_path: Path) -> str:
    return str(shutil.copy(BLINKY, tmp_path / "blinky.elf"))


def flash() -> bytes:
    """What the board itself holds, asked of nobody in between."""
    with Store().open("bench") as kept:
        return bytes(kept.nonvolatile.flash)


def test_info(swdflash: Run) -> None:
    document = swdflash("info", "--via", BOARD, "--json").document
    must_match_its_schema(document)
    result = document["result"]
    assert result["chip"]["name"] == "STM32F103x8"
    assert result["chip"]["flash_kib"] == 64
    assert result["link"]["simulated"] is True
    spoken = swdflash("info", "--via", BOARD).out
    for words in ("STM32F103x8", result["chip"]["uid"], "3.30 V", "read protection", "simulated"):
        assert words in spoken


def test_the_way_may_come_from_the_environment(
    swdflash: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWDFLASH_VIA", BOARD)
    assert swdflash("info").exit == 0


@pytest.mark.parametrize("argv", [["--halt"], ["--hard"], ["--halt", "--hard"], ["--dry-run"]])
def test_reset(swdflash: Run, argv: list[str]) -> None:
    document = swdflash("reset", "--via", BOARD, "--json", *argv).document
    must_match_its_schema(document)
    result = document["result"]
    assert result["halted"] == ("--halt" in argv)
    assert result["kind"] == ("hardware" if "--hard" in argv else "system")
    assert result["done"] == ("--dry-run" not in argv)


def test_go_needs_a_program(swdflash: Run, blinky: str) -> None:
    empty = swdflash("go", "0x08000000", "--via", BOARD, "--json")
    assert empty.exit == 7
    assert empty.document["error"]["code"] == "no-program"
    swdflash("sim", "set", "bench", "--firmware", blinky)
    document = swdflash("go", "0x08000000", "--via", BOARD, "--json").document
    must_match_its_schema(document)
    assert document["result"]["initial_sp"] == "0x20005000"


def test_log_has_it_all_with_times(swdflash: Run, tmp_path: Path) -> None:
    log = tmp_path / "all.log"
    spoken = swdflash("info", "--via", BOARD, "-v", "--log", str(log))
    assert "STM32F103x8, UID" in spoken.err
    assert "STM32F103x8, UID" in log.read_text()
    assert "read32(0xe000ed00) -> (0x411fc231)" in log.read_text()  # CPUID of a Cortex-M3 r1p1
    assert "read32" not in spoken.err
    assert "read32" in swdflash("info", "--via", BOARD, "-vv").err


def test_a_recording_replays(swdflash: Run, tmp_path: Path) -> None:
    record = tmp_path / "info.jsonl"
    swdflash("info", "--via", BOARD, "--record", str(record))
    again = swdflash("replay", str(record), "--json")
    assert again.exit == 0
    must_match_its_schema(again.document)
    assert again.document["result"]["same"] is True

    record.write_text(record.read_text().replace('"name":"STM32F103x8"', '"name":"STM32F103xB"'))
    other = swdflash("replay", str(record), "--json")
    assert other.exit == 8
    assert "result.chip.name is 'STM32F103x8'" in other.document["error"]["why"]


def test_a_replay_of_a_failure_is_the_same_failure(swdflash: Run, tmp_path: Path) -> None:
    record = tmp_path / "go.jsonl"
    assert swdflash("go", "0x08000000", "--via", BOARD, "--record", str(record)).exit == 7
    again = swdflash("replay", str(record))
    assert again.exit == 0
    assert "the same came out: exit 7 (no-program" in again.out


def test_no_recording_is_made_where_none_can_be(swdflash: Run, tmp_path: Path) -> None:
    spoken = swdflash("info", "--via", BOARD, "--record", str(tmp_path))
    assert spoken.exit == 2
