"""`swdflash diagnose` and `recover`, as a person types them."""

from __future__ import annotations

import signal
import struct
import sys
from pathlib import Path

import pytest

from swdflash.sim.board import VirtualBoard
from swdflash.sim.cables.plug import Plug
from swdflash.sim.store import Store
from tests.cli.conftest import Run, must_match_its_schema
from tests.cli.conftest import _own_place as _own_place  # noqa: PLC0414  (an autouse fixture)
from tests.cli.conftest import swdflash as swdflash  # noqa: PLC0414
from tests.recovery.scene import BLINKY, firmware

VIA = ("--via", "sim:bench")


@pytest.fixture
def locked(swdflash: Run) -> str:
    """A board that firmware has cut from SWD."""
    return board(swdflash, "swj_off")


def board(swdflash: Run, name: str, *options: str) -> str:
    elf = str(firmware(name))
    new = ("sim", "new", "bench", "--board", "bluepill", "--firmware", elf)
    assert swdflash(*new, *options).exit == 0
    return elf


def flash() -> bytes:
    """What the board itself holds."""
    with Store().open("bench") as kept:
        return bytes(kept.nonvolatile.flash)


def test_diagnose_names_the_line_that_did_it(swdflash: Run, locked: str) -> None:
    document = swdflash("diagnose", *VIA, "--elf", locked, "--json").document
    must_match_its_schema(document)
    result = document["result"]
    assert (result["cause"], result["proven"]) == ("swd-pins-remapped", True)
    evidence = {each["what"]: each["value"] for each in result["evidence"]}
    assert "main+" in evidence["PC"]
    assert "SWJ_CFG 0b100" in evidence["AFIO_MAPR"]
    assert all(each["simulated"] for each in result["evidence"])
    spoken = swdflash("diagnose", *VIA, "--elf", locked).out
    for words in ("the firmware takes the SWD pins away", "proven", "main+", "SWJ_CFG = 0b010"):
        assert words in spoken


def test_diagnose_changes_no_byte(swdflash: Run, locked: str) -> None:
    before = flash()
    assert swdflash("diagnose", *VIA).exit == 0
    assert flash() == before


def test_recover_with_an_image(swdflash: Run, locked: str) -> None:
    document = swdflash("recover", str(BLINKY), *VIA, "--json").document
    must_match_its_schema(document)
    result = document["result"]
    assert (result["left"], result["rung"]) == ("running", "under-reset")
    assert result["wrote"]["done"]["verified_bytes"] > 0
    assert swdflash("info", *VIA, "--no-recover").exit == 0


def test_recover_without_one_leaves_it_halted(swdflash: Run, locked: str) -> None:
    before = flash()
    spoken = swdflash("recover", *VIA)
    assert spoken.exit == 0
    assert "halted before the first instruction" in spoken.out
    assert "--erase-first-page" in spoken.out
    assert flash() == before


def test_recover_disarms_after_a_yes(swdflash: Run, locked: str) -> None:
    before = flash()
    refused = swdflash("recover", *VIA, "--erase-first-page", "--json")
    assert (refused.exit, refused.document["error"]["code"]) == (10, "nobody-to-ask")
    assert refused.document["result"]["cause"] == "swd-pins-remapped"
    assert flash() == before
    agreed = swdflash("recover", *VIA, "--erase-first-page", "--yes", "--json").document
    assert agreed["result"]["left"] == "running"
    assert flash() == b"\xff" * 1024 + before[1024:]
    assert swdflash("info", *VIA, "--no-recover").exit == 0


def test_a_hand_is_asked_for_and_nobody_is_there(swdflash: Run) -> None:
    board(swdflash, "swj_off", "--no-nrst")
    spoken = swdflash("recover", str(BLINKY), *VIA, "--json")
    must_match_its_schema(spoken.document)
    error = spoken.document["error"]
    assert (spoken.exit, error["code"]) == (5, "hand-needed")
    assert any("hold the RESET button" in line for line in error["next"])
    tried = {each["name"]: each["tried"] for each in spoken.document["result"]["rungs"]}
    assert tried["under-reset"]
    assert not tried["hand-reset"]


def test_firmware_that_locks_again_is_no_recovery(swdflash: Run, locked: str) -> None:
    ended = swdflash("recover", str(firmware("swj_off_10ms")), *VIA, "--json")
    must_match_its_schema(ended.document)
    assert (ended.exit, ended.document["error"]["code"]) == (5, "still-silent")
    assert ended.document["result"]["wrote"]["done"]["verified_bytes"] > 0


@pytest.mark.parametrize(
    ("argv", "status", "code"),
    [
        (("recover", "--via", "pyocd:ABSENT"), 3, "no-probe"),
        (("recover", "absent.elf", *VIA), 7, "image-not-found"),
        (("recover", str(BLINKY), "--erase-first-page", *VIA), 2, "usage"),
    ],
)
def test_what_cannot_begin(
    swdflash: Run, locked: str, argv: tuple[str, ...], status: int, code: str
) -> None:
    before = flash()
    ended = swdflash(*argv, "--json")
    assert (ended.exit, ended.document["error"]["code"]) == (status, code)
    assert flash() == before


def test_diagnose_says_that_there_is_no_probe(swdflash: Run) -> None:
    result = swdflash("diagnose", "--via", "pyocd:ABSENT", "--json").document["result"]
    assert (result["cause"], result["proven"]) == ("no-probe", True)


def test_an_image_for_another_chip_touches_nothing(
    swdflash: Run, locked: str, tmp_path: Path
) -> None:
    large = tmp_path / "large.bin"
    large.write_bytes(struct.pack("<2I", 0x2000_5000, 0x0800_0101) + bytes(80 * 1024))
    before = flash()
    ended = swdflash("recover", str(large), *VIA, "--json")
    assert ended.exit == 7
    assert flash() == before


def test_dry_run_lists_the_ladder(swdflash: Run, locked: str) -> None:
    result = swdflash("recover", *VIA, "--dry-run", "--json").document["result"]
    assert result["left"] is None
    names = [each["name"] for each in result["rungs"]]
    assert names.index("under-reset") < names.index("hand-reset") < names.index("mass-erase")
    assert not any(each["tried"] for each in result["rungs"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("transfers", [40, 130, 500, 900])
def test_signals_let_nrst_go(
    swdflash: Run,
    locked: str,
    number: signal.Signals,
    transfers: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    levels, left = [False], [transfers]
    drive, begin = VirtualBoard.drive_nrst, Plug._begin

    def watched(board: VirtualBoard, low: bool) -> None:
        levels.append(low)
        drive(board, low)

    def counted(plug: Plug, size: int) -> None:
        begin(plug, size)
        left[0] -= 1
        if left[0] == 0:
            signal.raise_signal(number)

    monkeypatch.setattr(VirtualBoard, "drive_nrst", watched)
    monkeypatch.setattr(Plug, "_begin", counted)
    ended = swdflash("recover", str(BLINKY), *VIA)
    assert ended.exit == 130, left
    assert levels[-1] is False


class Person:
    """Sits at the terminal, reads what to do, does it at the board, and presses Enter."""

    def __init__(self, boards: list[VirtualBoard]) -> None:
        self.boards = boards

    def isatty(self) -> bool:
        return True

    def readline(self) -> str:
        (board,) = self.boards
        board.hold_reset()
        board.release_reset(after_s=0.4)  # it takes a moment to be told, and to let go
        return "\n"


def test_a_person_is_told_what_to_press(swdflash: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    board(swdflash, "swj_off", "--no-nrst")
    boards: list[VirtualBoard] = []
    power_on = VirtualBoard.power_on

    def noticed(board: VirtualBoard) -> None:
        boards[:] = [board]
        power_on(board)

    monkeypatch.setattr(VirtualBoard, "power_on", noticed)
    monkeypatch.setattr(sys, "stdin", Person(boards))
    spoken = swdflash("recover", str(BLINKY), *VIA)
    assert spoken.exit == 0, spoken.err
    assert "press the RESET button of the board and keep it pressed, then press Enter" in spoken.err
    assert "now let go of RESET" in spoken.err
    assert "is back (hand-reset)" in spoken.out
