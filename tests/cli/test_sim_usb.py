"""`sim exec` and `sim serve` for programs that find devices by the kernel: dfu-util."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from swdflash.sim.cables import umockdev
from swdflash.sim.store import Store
from tests.cli.conftest import Run, must_match_its_schema

SERIAL = "STM32"  # of every STM32F107
BOARD = ("--chip", "STM32F107VC", "--boot0", "1", "--hse", "25")
SERVE = (sys.executable, "-m", "swdflash", "sim", "serve", "bench", "--dfu")


@pytest.fixture(autouse=True)
def bench(swdflash: Run) -> None:
    """A board whose ROM has USB, and runs."""
    made = swdflash("sim", "new", "bench", *BOARD)
    assert made.exit == 0, made.err


def test_exec_shows_the_board_to_dfu_util(swdflash: Run, tmp_path: Path) -> None:
    with Store().open("bench") as kept:
        kept.nonvolatile.flash[:4] = b"here"
    file = tmp_path / "flash.bin"
    words = ("-a", "0", "-s", "0x08000000:4", "-U", str(file))
    ran = swdflash("sim", "exec", "bench", "--json", "--", "dfu-util", *words)
    must_match_its_schema(ran.document)
    assert (ran.exit, file.read_bytes()) == (0, b"here")


def test_without_umockdev_its_packages_are_named(
    swdflash: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(umockdev, "WRAPPER", "no-such-wrapper")
    for argv in (("exec", "bench", "--json", "--", "dfu-util", "-l"), (*SERVE[4:], "--json")):
        failed = swdflash("sim", *argv)
        error = failed.document["error"]
        assert (failed.exit, error["code"]) == (2, "umockdev-missing")
        assert any("gir1.2-umockdev-1.0" in step for step in error["next"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_served_it_is_found_until_that_is_told_to_end(number: signal.Signals) -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen(SERVE, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        found = json.loads(process.stdout.readline())["dfu"]
        try:
            listed = subprocess.run(
                [*found["command"].split(), "dfu-util", "-l"],
                capture_output=True,
                text=True,
                check=True,
            )
            assert f'serial="{SERIAL}"' in listed.stdout
            by_python = "import usb.core; print(usb.core.find(idProduct=0xDF11).serial_number)"
            told = subprocess.run(
                [sys.executable, "-c", by_python],
                env={**os.environ, **found["environment"]},
                capture_output=True,
                text=True,
                check=True,
            )
            assert told.stdout == f"{SERIAL}\n"
        finally:
            process.send_signal(number)
        assert process.wait(timeout=20) == 0
    assert not Path(found["environment"]["UMOCKDEV_DIR"]).exists()
    with Store().open("bench"):
        pass  # it is free again


def test_what_is_on_usb_is_shown(swdflash: Run) -> None:
    shown = swdflash("sim", "show", "bench", "--json").document
    must_match_its_schema(shown)
    assert shown["result"]["usb"] == {
        "vid": "0483",
        "pid": "df11",
        "product": "STM32 0x418 DFU Bootloade",
        "serial": SERIAL,
    }
    assert f"serial {SERIAL}" in swdflash("sim", "show", "bench").out


@pytest.mark.parametrize("argv", [("--no-usb",), ("--hse", "0"), ("--boot0", "0")], ids=str)
def test_wires_take_it_away(swdflash: Run, argv: tuple[str, ...]) -> None:
    assert swdflash("sim", "set", "bench", *argv).exit == 0
    assert swdflash("sim", "show", "bench", "--json").document["result"]["usb"] is None


def test_firmware_can_be_the_device(swdflash: Run) -> None:
    swdflash("sim", "set", "bench", "--boot0", "0", "--usb-firmware")
    result = swdflash("sim", "show", "bench", "--json").document["result"]
    assert result["usb"]["product"] == "STM32 DownLoad Firmware Update"
