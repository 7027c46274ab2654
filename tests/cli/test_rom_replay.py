"""What was recorded over UART and USB is played back without a board, however it ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from swdflash.sim.faults import ENVIRONMENT
from swdflash.sim.store import Store
from tests.cli.conftest import Run

WRITE = ("write", "data.bin@0x08000401")
BOARDS = {"uart": ("STM32F103C8", 2500), "dfu": ("STM32F405RG", 60)}  # and a step in the middle


@pytest.fixture(autouse=True)
def _data(tmp_path: Path) -> None:
    (tmp_path / "data.bin").write_bytes(bytes(range(250)) * 12)


@pytest.fixture(params=BOARDS)
def method(request: pytest.FixtureRequest, swdflash: Run) -> str:
    method: str = request.param
    chip, _ = BOARDS[method]
    made = ("sim", "new", "bench", "--chip", chip, "--boot0", "1", "--uptime", "0.5")
    assert swdflash(*made).exit == 0
    with Store().open("bench") as kept:
        kept.nonvolatile.flash[: 16 * 1024] = b"\x35" * 16 * 1024
    return method


def must_play_back(swdflash: Run, *argv: str, exit_code: int) -> None:
    assert swdflash(*argv, "--record", "recording").exit == exit_code
    Store().remove("bench")
    told = swdflash("replay", "recording")
    assert told.exit == 0, told.err
    assert f"the same came out: exit {exit_code}" in told.out


def test_a_write(swdflash: Run, method: str) -> None:
    must_play_back(swdflash, *WRITE, "--via", f"{method}:sim:bench", exit_code=0)


def test_a_write_that_is_cut_off(
    swdflash: Run, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENVIRONMENT, f"unplug@{BOARDS[method][1]}")
    must_play_back(swdflash, *WRITE, "--via", f"{method}:sim:bench", exit_code=9)


def test_a_write_that_finishes_another(
    swdflash: Run, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENVIRONMENT, f"unplug@{BOARDS[method][1]}")
    assert swdflash(*WRITE, "--via", f"{method}:sim:bench").exit == 9
    monkeypatch.delenv(ENVIRONMENT)
    must_play_back(swdflash, *WRITE, "--via", f"{method}:sim:bench", exit_code=0)


def test_a_rom_that_does_not_answer(swdflash: Run, method: str) -> None:
    assert swdflash("sim", "set", "bench", "--boot0", "0").exit == 0
    silent = {"uart": 5, "dfu": 3}
    must_play_back(swdflash, *WRITE, "--via", f"{method}:sim:bench", exit_code=silent[method])


def test_unprotect(swdflash: Run, method: str) -> None:
    assert swdflash("sim", "set", "bench", "--rdp", "1").exit == 0
    argv = ("unprotect", "--yes", "--via", f"{method}:sim:bench")
    must_play_back(swdflash, *argv, exit_code=0)
