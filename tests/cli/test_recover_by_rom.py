"""Boards that come back by their ROM bootloader: SWD is broken, or there is no probe."""

from __future__ import annotations

from pathlib import Path

import pytest

from swdflash.images.load import FileBytes, load_bytes
from swdflash.links.pace import Pace
from swdflash.links.rom_factory import open_at
from swdflash.links.via import parse
from swdflash.sim.opening import plug_in_serial
from swdflash.sim.store import Store
from tests.cli.conftest import Run, must_match_its_schema

ROOT = Path(__file__).parents[2]
BLINKY = ROOT / "examples" / "blinky" / "blinky.elf"
F405_BLINKY = ROOT / "tests" / "firmware" / "f405_blinky.elf"
WIRED = ("--serial-boot0", "rts", "--serial-nrst", "!dtr")
LINES = "?boot0=rts&nrst=dtr&invert=nrst"


def holds(name: str, elf: Path) -> bool:
    """Whether the board's flash has every byte of a program, asked of the board itself."""
    image = load_bytes([FileBytes(elf.name, elf.read_bytes())], bin_address=0).image
    with Store().open(name) as kept:
        start = kept.chip.flash.start
        return all(
            kept.nonvolatile.flash[part.address - start : part.span.end - start] == part.data
            for part in image.segments
        )


def make(swdflash: Run, *options: str) -> None:
    assert swdflash("sim", "new", "board", *options).exit == 0


@pytest.mark.parametrize("rdp", ["0", "1"])
def test_broken_swd_wires(swdflash: Run, rdp: str) -> None:
    make(swdflash, "--board", "bluepill", "--no-swd", "--no-nrst", "--rdp", rdp, *WIRED)
    outcome = swdflash("recover", str(BLINKY), "--via", "sim:board", "--yes", "--json")
    must_match_its_schema(outcome.document)
    result = outcome.document["result"]
    assert (result["cause"], result["rung"], result["left"]) == ("no-answer", "rom-uart", "running")
    assert result["wrote"]["link"]["via"].startswith("uart:sim:board?boot0=rts")
    assert "swd-still-silent" in [each["code"] for each in outcome.document["warnings"]]
    assert holds("board", BLINKY)


def test_a_protected_chip_is_not_erased_unasked(swdflash: Run) -> None:
    made = ("--board", "bluepill", "--no-swd", "--no-nrst", "--firmware", str(BLINKY), "--rdp", "1")
    make(swdflash, *made, *WIRED)
    outcome = swdflash("recover", str(BLINKY), "--via", "sim:board", "--json")
    assert outcome.document["error"]["code"] == "nobody-to-ask"
    assert holds("board", BLINKY)


def test_without_a_probe_by_uart(swdflash: Run) -> None:
    make(swdflash, "--board", "bluepill", *WIRED)
    outcome = swdflash("recover", str(BLINKY), "--via", f"uart:sim:board{LINES}", "--json")
    must_match_its_schema(outcome.document)
    result = outcome.document["result"]
    assert (result["cause"], result["rung"], result["left"]) == ("no-probe", "rom-uart", "running")
    assert holds("board", BLINKY)


def test_without_a_probe_by_usb(swdflash: Run) -> None:
    make(swdflash, "--chip", "STM32F405RG", "--boot0", "1")
    outcome = swdflash("recover", str(F405_BLINKY), "--via", "dfu:sim:board", "--json")
    must_match_its_schema(outcome.document)
    assert outcome.document["result"]["rung"] == "rom-dfu"
    assert holds("board", F405_BLINKY)


def test_without_a_program_it_stays_in_the_rom(swdflash: Run) -> None:
    make(swdflash, "--board", "bluepill", *WIRED)
    outcome = swdflash("recover", "--via", f"uart:sim:board{LINES}", "--json")
    must_match_its_schema(outcome.document)
    assert outcome.document["result"]["left"] == "in-rom"


def test_a_rom_that_is_silent_is_told_with_what_to_do(swdflash: Run) -> None:
    make(swdflash, "--board", "bluepill", "--firmware", str(BLINKY))
    outcome = swdflash("recover", str(BLINKY), "--via", "uart:sim:board", "--json")
    error = outcome.document["error"]
    assert (error["code"], error["exit"]) == ("hand-needed", 5)
    assert any("BOOT0" in line for line in error["next"])


def test_a_look_by_modem_lines_lets_the_firmware_run_again(swdflash: Run) -> None:
    make(swdflash, "--board", "bluepill", "--firmware", str(BLINKY), *WIRED)
    via = f"uart:sim:board{LINES}"
    with plug_in_serial("board") as plugged:
        with open_at(parse(via), plugged.place, Pace(plugged.now, plugged.sleep), 0.0):
            assert plugged.board.chip.boot_source == "system-memory"
        assert plugged.board.chip.boot_source == "flash"
        with open_at(parse(via), plugged.place, Pace(plugged.now, plugged.sleep), 0.0) as link:
            link.stay()
        assert plugged.board.chip.boot_source == "system-memory"
