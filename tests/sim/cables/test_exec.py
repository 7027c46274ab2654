"""Programs in processes of their own, with a toy board behind them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from swdflash.sim.cables.errors import ProgramNotFound
from swdflash.sim.cables.exec import run_with_board
from swdflash.sim.faults import NO_FAULTS, FaultPlan
from tests.sim.cables.toy_board import SERIAL, ToyBoard, ToyWiring

LIST_PROBES = """
import usb.core
for device in usb.core.find(find_all=True):
    print(device.serial_number, hex(device.idVendor), hex(device.idProduct), device.product)
"""


def test_a_program_sees_the_probe_and_only_it(capfd: pytest.CaptureFixture[str]) -> None:
    board = ToyBoard(ToyWiring(probe="v2-1"))
    result = run_with_board(board, [sys.executable, "-c", LIST_PROBES], NO_FAULTS)
    assert result.exit_code == 0
    assert capfd.readouterr().out == f"{SERIAL} 0x483 0x374b STM32 STLink\n"


def test_a_programs_sleep_is_simulated() -> None:
    script = "import time; time.sleep(100)"
    result = run_with_board(ToyBoard(), [sys.executable, "-c", script], NO_FAULTS)
    assert result.simulated_s == pytest.approx(100, abs=1)


def test_threads_that_sleep_together_wait_once() -> None:
    script = """
import threading, time
together = threading.Barrier(4)
def wait(): together.wait(); time.sleep(50)
threads = [threading.Thread(target=wait) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""
    result = run_with_board(ToyBoard(), [sys.executable, "-c", script], NO_FAULTS)
    assert 50 <= result.simulated_s < 200


@pytest.mark.parametrize(
    ("script", "code"),
    [("raise SystemExit(3)", 3), ("import os; os.kill(os.getpid(), 9)", 137)],
)
def test_exit_codes_are_a_shells(script: str, code: int) -> None:
    result = run_with_board(ToyBoard(), [sys.executable, "-c", script], NO_FAULTS)
    assert result.exit_code == code


def test_the_sitecustomize_that_stood_there_still_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.was_here = True")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    script = "import sys; sys.exit(0 if sys.was_here else 1)"
    result = run_with_board(ToyBoard(), [sys.executable, "-c", script], NO_FAULTS)
    assert result.exit_code == 0


def test_a_python_without_site_packages_still_sleeps_in_simulated_time() -> None:
    script = "import sitecustomize, time; time.sleep(9)"
    result = run_with_board(ToyBoard(), [sys.executable, "-S", "-c", script], NO_FAULTS)
    assert result.exit_code == 0
    assert result.simulated_s == pytest.approx(9)


def test_an_unplugged_probe_is_no_device_there(capfd: pytest.CaptureFixture[str]) -> None:
    script = "import usb.core; usb.core.find().write(2, bytes(16))"
    plan = FaultPlan.parse("unplug@1")
    result = run_with_board(ToyBoard(), [sys.executable, "-c", script], plan)
    assert result.exit_code == 1
    assert "[Errno 19] No such device" in capfd.readouterr().err


def test_a_program_that_does_not_exist() -> None:
    with pytest.raises(ProgramNotFound):
        run_with_board(ToyBoard(), ["no-such-program"], NO_FAULTS)


CLAIM = "import usb.core, usb.util; d = usb.core.find(); usb.util.claim_interface(d, 0)"


def test_a_claimed_probe_is_busy_for_others(capfd: pytest.CaptureFixture[str]) -> None:
    other = f"import subprocess, sys; sys.exit(subprocess.call([sys.executable, '-c', {CLAIM!r}]))"
    result = run_with_board(ToyBoard(), [sys.executable, "-c", f"{CLAIM}; {other}"], NO_FAULTS)
    assert result.exit_code == 1
    assert "[Errno 16]" in capfd.readouterr().err


def test_a_claim_ends_with_its_program() -> None:
    board = ToyBoard()
    killed = f"{CLAIM}; import os; os.kill(os.getpid(), 9)"
    twice = (
        "import subprocess, sys; "
        f"subprocess.call([sys.executable, '-c', {killed!r}]); "
        f"sys.exit(subprocess.call([sys.executable, '-c', {CLAIM!r}]))"
    )
    assert run_with_board(board, [sys.executable, "-c", twice], NO_FAULTS).exit_code == 0
