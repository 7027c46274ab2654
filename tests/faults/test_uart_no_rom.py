"""Serial ports with no ROM behind them: told apart by 0x7F alone, and shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from swdflash.errors import Exit
from tests.faults.bench import Bench, command, surroundings
from tests.faults.rom_bench import data_file, overheard, refused
from tests.firmware.boards import elf

SYNC, FILLER = 0x7F, 0xFF  # filler goes to what is silent: a ROM may wait for the rest of a frame
DEVICES = {
    # device: the error, what is said of it, and what may be sent to it
    "echo": ("port-echoes", "0x7F came back", {SYNC}),
    "modem": ("port-echoes", "0x7F came back", {SYNC}),
    "noise": ("not-the-rom", "it says", {SYNC}),
    "gps": ("not-the-rom", "at 9600 baud it says '$GPGGA,", {SYNC}),
    "nothing": ("rom-silent", "nothing came back to 0x7F", {SYNC, FILLER}),
}


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path) -> Iterator[None]:
    with surroundings(tmp_path):
        yield


def board(*soldered: str) -> Bench:
    bench = Bench("--board", "bluepill", "--uptime", "0.01", *soldered)
    bench.via = "uart:sim:bench"
    return bench


@pytest.mark.parametrize("device", DEVICES)
def test_what_is_no_stm32_is_told_apart(device: str, tmp_path: Path) -> None:
    code, words, may_be_sent = DEVICES[device]
    bench = board("--serial-to", device)
    with overheard() as sent:
        error = refused(bench, "write", data_file(tmp_path), code=code, exit_code=5)
    assert words in error["why"]
    assert set(sent) <= may_be_sent


@pytest.mark.parametrize("command_line", ["info", "erase --chip --yes", "unprotect --yes"])
def test_no_command_says_more_than_0x7f_to_a_gps(command_line: str) -> None:
    bench = board("--serial-to", "gps")
    with overheard() as sent:
        refused(bench, *command_line.split(), code="not-the-rom", exit_code=5)
    assert set(sent) == {SYNC}


def test_the_applications_own_words_tell_that_boot0_is_low(tmp_path: Path) -> None:
    bench = board("--firmware", str(elf("talker")))
    error = refused(bench, "write", data_file(tmp_path), code="not-the-rom", exit_code=5)
    assert "at 9600 baud it says 'temperature 21.5" in error["why"]
    assert "BOOT0 is low: set BOOT0 high" in error["next"][0]


def test_an_application_that_speaks_at_its_start_is_heard_where_it_can_be_reset() -> None:
    bench = Bench("--chip", "STM32F405RG", "--firmware", str(elf("f405_blinky")), *RESET_ONLY)
    bench.via = "uart:sim:bench?boot0=rts&nrst=dtr"
    error = refused(bench, "info", code="not-the-rom", exit_code=5)
    assert "at 115200 baud it says 'blinky'" in error["why"]


RESET_ONLY = ("--uptime", "0.1", "--serial-nrst", "dtr")  # BOOT0's wire has come off


def test_silent_firmware_leaves_boot0_to_be_named() -> None:
    error = refused(board(), "info", code="rom-silent", exit_code=5)
    assert error["next"][0].startswith("set BOOT0 high")
    assert any("'uart:sim:bench' --detect-lines" in step for step in error["next"])


@pytest.mark.parametrize(
    "lines",
    [
        "boot0=rts&nrst=dtr&invert=boot0",
        "boot0=rts&nrst=dtr&invert=nrst",
        "boot0=rts&nrst=dtr&invert=boot0,nrst",
        "boot0=dtr&nrst=rts",
    ],
)
def test_wrong_lines_are_named_first(lines: str, tmp_path: Path) -> None:
    bench = board("--serial-boot0", "rts", "--serial-nrst", "dtr")
    bench.via = f"uart:sim:bench?{lines}"
    with overheard() as sent:
        error = refused(bench, "write", data_file(tmp_path), code="rom-silent", exit_code=5)
    assert lines in error["why"]
    assert "--detect-lines" in error["next"][0]
    assert set(sent) == {SYNC}


def test_the_lines_that_are_found_then_are_right(tmp_path: Path) -> None:
    bench = board("--serial-boot0", "!rts", "--serial-nrst", "dtr")
    found = command("boot", "rom", "--via", bench.via, "--detect-lines", "--json")
    assert found.exit == Exit.DONE
    bench.via = "uart:sim:bench?boot0=rts&nrst=dtr&invert=boot0"
    assert bench.via in found.out
    assert command("write", data_file(tmp_path), "--via", bench.via).exit == Exit.DONE
