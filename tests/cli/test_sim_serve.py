"""`swdflash sim serve`: a process that keeps a board for others, until it is told to end."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import serial

from swdflash.sim.store import Store
from tests.cli.conftest import Run, must_match_its_schema


@contextmanager
def serving(*options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    argv = [sys.executable, "-m", "swdflash", "sim", "serve", "bluepill", *options]
    with subprocess.Popen(
        argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def openocd(*options: str) -> subprocess.CompletedProcess[str]:
    quiet = "bindto 127.0.0.1; tcl_port disabled; gdb_port disabled; telnet_port disabled"
    rest = ("-f", "target/stm32f1x.cfg", "-c", "init; reset halt; mww 0x20000000 7; shutdown")
    return subprocess.run(
        ["openocd", "-c", quiet, *options, *rest],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_st_link_server_until_it_is_told_to_end(number: signal.Signals) -> None:
    with serving("--stlink-tcp", "0") as (process, found):
        assert found["name"] == "bluepill"
        way = f"st-link backend tcp {found['stlink_tcp']}; transport select dapdirect_swd"
        ran = openocd("-f", "interface/stlink-dap.cfg", "-c", way)
        assert ran.returncode == 0, ran.stderr
        process.send_signal(number)
        assert process.wait(timeout=20) == 0
    with Store().open("bluepill"):
        pass  # it is free again


def test_a_bus_pirate_for_one_program_after_the_other() -> None:
    with serving("--buspirate") as (process, found):
        way = f"adapter driver buspirate; buspirate port {found['buspirate']}; transport select swd"
        for _ in range(2):
            ran = openocd("-c", way)
            assert ran.returncode == 0, ran.stderr
        process.terminate()
        assert process.wait(timeout=20) == 0


def test_a_serial_port_as_a_terminal_and_by_rfc2217() -> None:
    with serving("--uart") as (process, found):
        with serial.serial_for_url(found["rfc2217"], baudrate=115_200, timeout=1) as port:
            port.write(b"\x7f")
            assert port.read() == b""  # the firmware runs, not the bootloader
        assert Path(found["uart"]).is_char_device()
        process.terminate()
        assert process.wait(timeout=20) == 0


def test_with_json_the_document_keeps_its_schema() -> None:
    with serving("--stlink-tcp", "0", "--json") as (_process, document):
        assert document["ok"] is True
        must_match_its_schema(document)


@pytest.mark.parametrize(
    "options", [(), ("--stlink-tcp", "0", "--buspirate"), ("--buspirate", "--uart")], ids=str
)
def test_one_way_it_must_be(swdflash: Run, options: tuple[str, ...]) -> None:
    failed = swdflash("sim", "serve", "bluepill", *options, "--json")
    assert (failed.exit, failed.document["error"]["code"]) == (2, "usage")


def test_a_port_that_is_taken_is_named(swdflash: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        failed = swdflash("sim", "serve", "bluepill", "--stlink-tcp", str(port), "--json")
    assert failed.document["error"]["code"] == "port-taken"
    assert failed.document["error"]["evidence"]["port"] == port
    with Store().open("bluepill"):
        pass
