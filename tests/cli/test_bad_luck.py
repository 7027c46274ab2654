"""Bad input and bad luck: each has its exit code, its words, and leaves a true state behind."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from swdflash.sim.store import Store
from tests.cli.conftest import Run, must_match_its_schema

BLINKY = Path(__file__).parents[2] / "examples" / "blinky" / "blinky.elf"
BOARD = "sim:bench"


@pytest.fixture
def bench(swdflash: Run) -> str:
    assert swdflash("sim", "new", "bench", "--board", "bluepill").exit == 0
    return BOARD


@pytest.fixture
def firmware(tmp_path: Path) -> str:
    """Blinky, then 12 KiB of data: long enough to be cut off in the middle."""
    data = tmp_path / "data.bin"
    data.write_bytes(b"\x80" + bytes(range(1, 251)) * 48)
    shutil.copy(BLINKY, tmp_path / "blinky.elf")
    return f"{data}@0x08004000"


def ended(swdflash: Run, status: int, code: str, *argv: str) -> str:
    """The error's words, after it was checked that it is this one and that it helps."""
    spoken = swdflash(*argv, "--json")
    assert spoken.exit == status, spoken.out
    must_match_its_schema(spoken.document)
    error = spoken.document["error"]
    assert error["code"] == code
    assert error["next"]
    assert "Traceback" not in spoken.err
    return f"{error['what']}: {error['why']}"


@pytest.mark.parametrize(
    ("via", "status", "code"),
    [
        ("pyocd:ABSENT", 3, "no-probe"),
        ("sim:absent", 3, "no-such-board"),
        ("openocd:interface/nowhere.cfg", 3, "openocd-not-started"),
        ("pyocdd:1", 2, "unknown-method"),
        ("066DFF", 2, "bad-via"),
    ],
)
def test_no_way(swdflash: Run, via: str, status: int, code: str) -> None:
    ended(swdflash, status, code, "info", "--via", via)


def test_a_probe_in_use(swdflash: Run, bench: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWDFLASH_SIM_FAULT", "busy")
    ended(swdflash, 3, "probe-busy", "info", "--via", bench)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("unplug@60", "link-lost"),
        ("unplug@190", "write-cut-short"),
        ("power-cut@190", "write-cut-short"),
        ("silence@190", "write-cut-short"),
    ],
)
def test_lost_on_the_way_and_taken_up_again(
    swdflash: Run, bench: str, firmware: str, monkeypatch: pytest.MonkeyPatch, fault: str, code: str
) -> None:
    monkeypatch.setenv("SWDFLASH_SIM_FAULT", fault)
    words = ended(swdflash, 9, code, "write", "blinky.elf", firmware, "--via", bench)
    assert ("were programmed" in words) == (code == "write-cut-short")
    monkeypatch.delenv("SWDFLASH_SIM_FAULT")
    assert swdflash("write", "blinky.elf", firmware, "--via", bench).exit == 0
    assert swdflash("verify", "blinky.elf", firmware, "--via", bench).exit == 0


def test_no_power(swdflash: Run, bench: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWDFLASH_SIM_FAULT", "power-cut@40")
    ended(swdflash, 5, "no-target-voltage", "info", "--via", bench)


def test_read_protected(swdflash: Run, bench: str, firmware: str) -> None:
    swdflash("sim", "set", "bench", "--rdp", "1")
    for argv in (["write", firmware], ["verify", firmware], ["erase", "--chip", "--yes"]):
        ended(swdflash, 6, "read-protected", *argv, "--via", bench)
    ended(swdflash, 6, "read-protected", "backup", "x.bin", "--via", bench)
    assert not Path("x.bin").exists()


def test_another_chip_than_named(swdflash: Run, bench: str) -> None:
    ended(swdflash, 10, "another-chip", "info", "--chip", "STM32F103RC", "--via", bench)
    ended(swdflash, 2, "unknown-chip-name", "info", "--chip", "LPC1768", "--via", bench)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda file: file.mkdir(), "image-is-directory"),
        (lambda file: file.touch(), "image-empty"),
        (lambda file: os.truncate(os.open(file, os.O_CREAT | os.O_WRONLY), 100 << 20), None),
        (lambda file: file.write_bytes(BLINKY.read_bytes()[:1000]), None),
        (lambda file: file.write_bytes(b":100000000000000000000000000000000000000001"), None),
    ],
)
def test_files_that_are_no_firmware(
    swdflash: Run, bench: str, tmp_path: Path, make: object, code: str | None
) -> None:
    file = tmp_path / "odd"
    assert callable(make)
    make(file)
    spoken = swdflash("write", str(file), "--via", bench, "--json")
    assert spoken.exit == 7
    assert code is None or spoken.document["error"]["code"] == code
    with Store().open("bench") as kept:
        assert bytes(kept.nonvolatile.flash) == b"\xff" * 65536


def test_a_killed_write_is_finished_by_the_next(swdflash: Run, bench: str, firmware: str) -> None:
    argv = [sys.executable, "-m", "swdflash", "write", firmware, "--via", bench]
    environment = {**os.environ, "SWDFLASH_SIM_FAULT": "kill@190"}
    killed = subprocess.run(argv, env=environment, capture_output=True, check=False)
    assert killed.returncode == -9
    assert swdflash("write", firmware, "--via", bench).exit == 0
    assert swdflash("verify", firmware, "--via", bench).exit == 0
