from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import usb.core

from swdflash.sim.cables.errors import FaultPlanUnreadable
from swdflash.sim.errors import BoardBusy, NoSuchBoard
from swdflash.sim.opening import plug_in
from swdflash.sim.store import Store

UPTIME_S = 0.5  # as a built-in board has it


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SWDFLASH_STATE_DIR", str(tmp_path))
    return tmp_path


def test_a_builtin_board_is_made_booted_and_found() -> None:
    with plug_in("bluepill") as plugged:
        assert plugged.now() == pytest.approx(UPTIME_S)
        device = usb.core.find(idVendor=0x0483)
        assert device.serial_number.encode("latin-1").hex().upper() == plugged.uid
    assert Store().names() == ("bluepill",)


def test_nobody_else_has_the_board_meanwhile() -> None:
    with plug_in("bluepill"), pytest.raises(BoardBusy), plug_in("bluepill"):
        pass
    with plug_in("bluepill"):
        pass


def test_an_unknown_board() -> None:
    with pytest.raises(NoSuchBoard), plug_in("nosuch"):
        pass


def test_without_unicorn_the_extra_is_named() -> None:
    script = """
import sys
sys.modules["unicorn"] = None
from swdflash.sim.opening import plug_in
from swdflash.sim.cables.errors import SimExtraMissing
try:
    with plug_in("bluepill"):
        pass
except SimExtraMissing as missing:
    print(missing.package, *missing.explain().next)
"""
    told = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert told.stdout == "unicorn pip install 'swdflash[sim]'\n"


def test_bad_luck_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWDFLASH_SIM_FAULT", "denied")
    with plug_in("bluepill"), pytest.raises(usb.core.USBError):
        usb.core.find(idVendor=0x0483).get_active_configuration()
    monkeypatch.setenv("SWDFLASH_SIM_FAULT", "bad luck")
    with pytest.raises(FaultPlanUnreadable), plug_in("bluepill"):
        pass


def test_a_killed_process_leaves_the_board_free() -> None:
    script = """
import usb.core
from swdflash.sim.opening import plug_in
with plug_in("bluepill"):
    usb.core.find(idVendor=0x0483).write(2, bytes(16))
"""
    environment = {**os.environ, "SWDFLASH_SIM_FAULT": "kill@1"}
    killed = subprocess.run([sys.executable, "-c", script], env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    with plug_in("bluepill"):
        pass
