"""`swdflash sim …` by its command line: made, rewired, looked at, thrown away."""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest

from swdflash.sim.store import Store
from tests.cli.conftest import Run

BLINKY = Path(__file__).parents[2] / "examples" / "blinky" / "blinky.elf"


def test_a_new_board_is_listed_shown_and_removed(swdflash: Run) -> None:
    made = swdflash("sim", "new", "bench", "--board", "bluepill", "--probe", "v2-1", "--json")
    assert made.exit == 0, made.err
    assert made.document["result"]["wiring"]["probe"] == "v2-1"
    boards = swdflash("sim", "list", "--json").document["result"]["boards"]
    assert {board["name"]: board["made"] for board in boards} == {
        "bench": True,
        "bluepill": False,
        "bluepill-128k": False,
        "disco-f072rb": False,
        "f103rc": False,
        "feather-f405": False,
        "nucleo-f103rb": False,
    }
    assert swdflash("sim", "rm", "bench").exit == 0
    assert Store().names() == ()


def test_blinky_put_in_by_the_factory_blinks_twice_a_second(swdflash: Run) -> None:
    swdflash("sim", "new", "bench", "--board", "bluepill", "--firmware", str(BLINKY))
    shown = swdflash("sim", "show", "bench", "--run", "3", "--json")
    assert shown.exit == 0, shown.err
    result = shown.document["result"]
    assert result["led"]["toggles"] == 11
    assert result["led"]["period_s"] == pytest.approx(0.5, abs=1e-3)
    assert result["led"]["lit"] is True
    assert result["boot_source"] == "flash"
    assert result["swd"]["alive"] is True
    assert result["simulated"] is True
    with Store().open("bench") as kept:
        assert result["flash_sha256"] == sha256(kept.nonvolatile.flash[0:65536]).hexdigest()
    assert "one blink in 0.50 s (simulated)" in swdflash("sim", "show", "bench", "--run", "3").out


def test_an_empty_builtin_board_is_made_by_looking_at_it(swdflash: Run) -> None:
    result = swdflash("sim", "show", "bluepill", "--json").document["result"]
    assert result["locked_up"] is True
    assert result["led"]["toggles"] == 0
    assert result["led"]["period_s"] is None
    assert set(result["erase_counts"]) == {0}
    assert Store().names() == ("bluepill",)


def test_jumpers_and_wires_can_be_moved(swdflash: Run) -> None:
    argv = ("--boot0", "1", "--no-nrst", "--uptime", "0.01", "--rdp", "1", "--vtarget", "3")
    changed = swdflash("sim", "set", "bluepill", *argv, "--json")
    assert changed.exit == 0, changed.err
    wiring = changed.document["result"]["wiring"]
    assert (wiring["boot0"], wiring["nrst_wired"], wiring["uptime_s"]) == (1, False, 0.01)
    result = swdflash("sim", "show", "bluepill", "--json").document["result"]
    assert result["boot_source"] == "system-memory"
    assert result["rdp"] == 1
    assert result["ran_s"] == 0.01
    swdflash("sim", "set", "bluepill", "--nrst")
    wiring = swdflash("sim", "show", "bluepill", "--json").document["result"]["wiring"]
    assert (wiring["boot0"], wiring["nrst_wired"]) == (1, True)


def test_a_serial_adapter_is_wired(swdflash: Run) -> None:
    swdflash("sim", "set", "bluepill", "--serial-boot0", "rts", "--serial-nrst", "!dtr")
    shown = swdflash("sim", "show", "bluepill")
    assert "RX and TX at chip, RTS at BOOT0, !DTR at NRST" in shown.out
    argv = ("--serial-to", "echo", "--serial-boot0", "none", "--serial-nrst", "none")
    changed = swdflash("sim", "set", "bluepill", *argv, "--json")
    wiring = changed.document["result"]["wiring"]
    serial = (wiring["serial_to"], wiring["serial_boot0"], wiring["serial_nrst"])
    assert serial == ("echo", None, None)


def test_wires_can_be_bad(swdflash: Run) -> None:
    argv = ("--nrst-rc", "0.4", "--nrst-shorted", "--swclk-limit", "400000")
    swdflash("sim", "set", "bluepill", *argv)
    shown = swdflash("sim", "show", "bluepill")
    for words in ("tied to ground", "slow (0.4 s)", "good up to 400 kHz"):
        assert words in shown.out
    swdflash("sim", "set", "bluepill", "--nrst-rc", "0", "--no-nrst-shorted", "--swclk-limit", "0")
    wiring = swdflash("sim", "show", "bluepill", "--json").document["result"]["wiring"]
    bad = (wiring["nrst_rc_s"], wiring["nrst_shorted"], wiring["swclk_limit_hz"])
    assert bad == (0, False, None)


def test_taking_protection_away_erases_flash(swdflash: Run) -> None:
    swdflash("sim", "new", "bench", "--board", "bluepill", "--firmware", str(BLINKY), "--rdp", "1")
    with Store().open("bench") as kept:
        assert kept.nonvolatile.flash[0:4] != b"\xff" * 4
    swdflash("sim", "set", "bench", "--rdp", "0")
    with Store().open("bench") as kept:
        assert kept.nonvolatile.flash[0:65536] == b"\xff" * 65536


@pytest.mark.parametrize(("board", "chip"), [("feather-f405", "F405"), ("disco-f072rb", "F072")])
def test_boards_of_other_families(swdflash: Run, board: str, chip: str) -> None:
    firmware = Path(__file__).parents[1] / "firmware" / f"{chip.lower()}_blinky.elf"
    made = swdflash("sim", "new", "it", "--board", board, "--firmware", str(firmware))
    assert made.exit == 0, made.err
    result = swdflash("sim", "show", "it", "--run", "3", "--json").document["result"]
    assert result["chip"].startswith(f"STM32{chip}")
    assert result["led"]["period_s"] == pytest.approx(0.5, rel=1e-3)
    for level in ("2", "1"):
        swdflash("sim", "set", "it", "--rdp", level)
        assert swdflash("sim", "show", "it", "--json").document["result"]["rdp"] == int(level)
    refused = swdflash("write", str(firmware), "--via", f"sim:{board}", "--json")
    assert refused.exit == 2
    assert refused.document["error"]["code"] == "no-loader"
    assert "--via dfu:" in " ".join(refused.document["error"]["next"])


def test_dump_saves_flash_as_it_is(swdflash: Run, tmp_path: Path) -> None:
    with Store().open("bluepill") as kept:
        kept.nonvolatile.flash[0x400:0x404] = b"here"
    file = tmp_path / "flash.bin"
    dumped = swdflash("sim", "dump", "bluepill", "-o", str(file), "--json")
    assert dumped.exit == 0, dumped.err
    data = file.read_bytes()
    assert len(data) == 65536
    assert data[0x400:0x404] == b"here"
    assert dumped.document["result"]["sha256"] == sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("argv", "code", "exit_code"),
    [
        (["new", "x"], "no-board-no-chip", 2),
        (["new", "a b", "--board", "bluepill"], "bad-board-name", 2),
        (["new", "x", "--board", "redpill"], "unknown-board", 2),
        (["new", "x", "--chip", "STM32F999C8"], None, 2),
        (["new", "x", "--board", "bluepill", "--rdp", "2"], "no-such-protection", 2),
        (["new", "x", "--board", "bluepill", "--firmware", "none.elf"], "image-not-found", 7),
        (["new", "x", "--board", "bluepill", "--boot0", "2"], "usage", 2),
        (["show", "nobody"], "no-such-board", 3),
        (["rm", "nobody"], "no-such-board", 3),
        (["set", "nobody", "--boot0", "1"], "no-such-board", 3),
        (["exec", "bluepill", "--", "no-such-program"], "program-not-found", 2),
    ],
)
def test_what_cannot_be_done_is_said(
    swdflash: Run, argv: list[str], code: str | None, exit_code: int
) -> None:
    failed = swdflash("sim", *argv, "--json") if "--" not in argv else swdflash("sim", *argv)
    assert failed.exit == exit_code, failed.err
    if code and "--" not in argv:
        assert failed.document["error"]["code"] == code
    assert "x" not in Store().names()


def test_firmware_beyond_flash_leaves_no_board(swdflash: Run, tmp_path: Path) -> None:
    (tmp_path / "big.bin").write_bytes(bytes(65537))
    failed = swdflash("sim", "new", "x", "--board", "bluepill", "--firmware", "big.bin", "--json")
    assert failed.exit == 7
    assert failed.document["error"]["code"] == "firmware-outside-flash"
    assert Store().names() == ()


def test_a_board_in_use_is_busy(swdflash: Run) -> None:
    with Store().open("bluepill"):
        failed = swdflash("sim", "show", "bluepill", "--json")
    assert failed.exit == 3
    assert failed.document["error"]["code"] == "board-busy"


def test_a_damaged_board_is_listed_with_its_problem(swdflash: Run) -> None:
    with Store().open("bluepill"):
        pass
    (Store().folder / "bluepill" / "board.json").write_text("{")
    listed = swdflash("sim", "list", "--json")
    assert listed.exit == 0
    (board,) = (b for b in listed.document["result"]["boards"] if b["name"] == "bluepill")
    assert "board.json" in board["problem"]
    assert swdflash("sim", "rm", "bluepill").exit == 0


def test_exec_passes_the_programs_exit_code_on(swdflash: Run) -> None:
    python = Path(sys.executable).resolve()
    ended = swdflash("sim", "exec", "bluepill", "--json", "--", str(python), "-c", "exit(7)")
    assert ended.exit == 7
    assert ended.document["result"]["exit_code"] == 7


@pytest.mark.parametrize(
    "argv",
    [
        ["sim", "new", "x", "--chip", "STM32F103RC"],
        ["sim", "list"],
        ["sim", "set", "bluepill", "--boot0", "0"],
        ["sim", "show", "bluepill"],
        ["sim", "dump", "bluepill", "-o", "flash.hex"],
    ],
    ids=" ".join,
)
def test_documents_match_their_schema(swdflash: Run, argv: list[str]) -> None:
    document = swdflash(*argv, "--json").document
    schema = swdflash("schema", *argv[:2], "--json").document["result"]["schema"]
    jsonschema.validate(document, schema)
    assert document["ok"] is True
