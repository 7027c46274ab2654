"""Serial ports that cannot be had: absent, another's, forbidden."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from swdflash.sim.faults import ENVIRONMENT
from tests.faults.bench import Bench, command, surroundings
from tests.faults.refusal import must_explain
from tests.faults.rom_bench import data_file, refused, rom_bench

HOLDING = """
import serial, sys
port = serial.Serial(sys.argv[1], exclusive=True)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path) -> Iterator[None]:
    with surroundings(tmp_path):
        yield


@pytest.fixture
def bench() -> Bench:
    return rom_bench("uart", "STM32F103C8")


@pytest.mark.parametrize(
    ("port", "code", "exit_code"),
    [
        ("/dev/ttyNOTTHERE", "no-port", 3),
        ("uart:socket://127.0.0.1:1", "no-port", 3),
        ("uart:rfc2217://127.0.0.1:1", "no-port", 3),
        ("uart:sim:nowhere", "no-such-board", 3),
        ("uart:spi://here", "port-refuses", 2),
        ("uart:/dev/ttyUSB0?speed=9600", "bad-via", 2),
        ("uart:/dev/ttyUSB0?boot0=rts&nrst=rts", "bad-via", 2),
    ],
)
def test_a_wrong_port(port: str, code: str, exit_code: int, tmp_path: Path) -> None:
    told = command("write", data_file(tmp_path), "--via", port, "--json")
    assert must_explain(told)["code"] == code
    assert told.exit == exit_code


def test_a_file_is_no_port(tmp_path: Path) -> None:
    told = command("info", "--via", f"uart:{__file__}", "--json")
    assert must_explain(told)["code"] == "no-port"


def test_a_port_that_another_process_holds_is_said_by_whom() -> None:
    mine, theirs = os.openpty()
    name = os.ttyname(theirs)
    argv = [sys.executable, "-c", HOLDING, name]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        told = command("info", "--via", f"uart:{name}", "--json")
        holder.communicate()
    os.close(mine)
    os.close(theirs)
    error = must_explain(told)
    assert (error["code"], told.exit) == ("port-busy", 3)
    assert f"pid {holder.pid}" in error["why"]


@pytest.mark.parametrize(
    ("fault", "code", "exit_code"), [("busy", "port-busy", 3), ("denied", "port-denied", 4)]
)
def test_a_port_in_use_or_forbidden(
    bench: Bench,
    tmp_path: Path,
    fault: str,
    code: str,
    exit_code: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(ENVIRONMENT, fault)
    error = refused(bench, "write", data_file(tmp_path), code=code, exit_code=exit_code)
    assert "sim:bench" in error["what"]
