"""A served serial adapter: the pseudo-terminal, its control socket, and RFC 2217."""

from __future__ import annotations

import os
import socket
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import serial

from swdflash.sim.serving import ServedSerial, serve_serial
from swdflash.sim.store import Record, Store, serial_of
from swdflash.sim.wiring import Line, SerialTo, Wiring

SYNC, ACK = b"\x7f", b"\x79"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SWDFLASH_STATE_DIR", str(tmp_path))
    return tmp_path


@contextmanager
def served(**wires: Any) -> Iterator[ServedSerial]:
    wiring = Wiring(serial=serial_of("it"), **{"boot0": 1, "uptime_s": 0.01} | wires)
    Store().create("it", Record(chip="STM32F103C8", wiring=wiring))
    stop = threading.Event()
    with serve_serial("it") as line:
        living = threading.Thread(target=line.life.live, args=(stop,))
        living.start()
        try:
            yield line
        finally:
            stop.set()
            living.join()


def terminal(path: str, speed: int = termios.B115200) -> int:
    opened = os.open(path, os.O_RDWR | os.O_NOCTTY)
    settings = termios.tcgetattr(opened)
    settings[4] = settings[5] = speed
    termios.tcsetattr(opened, termios.TCSANOW, settings)
    return opened


def heard(opened: int, size: int) -> bytes:
    data = b""
    while len(data) < size:
        data += os.read(opened, size)
    return data


def rfc2217(line: ServedSerial, **options: Any) -> Any:
    settings = {"baudrate": 115_200, "parity": "E", "timeout": 5} | options
    return serial.serial_for_url(f"rfc2217://127.0.0.1:{line.port}", **settings)


def test_the_terminal_speaks_with_parity_at_the_rate_that_was_set() -> None:
    with served() as line:
        opened = terminal(line.path, termios.B57600)
        os.write(opened, SYNC)
        assert heard(opened, 1) == ACK
        rom = line.board.serial.rom
        assert rom is not None
        assert rom.format is not None
        assert round(1e12 / rom.format.bit_ps) == pytest.approx(57_600, rel=0.01)
        os.write(opened, b"\x02\xfd")
        assert heard(opened, 5) == b"\x79\x01\x04\x10\x79"
        os.close(opened)


def test_programs_come_and_go_and_the_rom_stays_synchronised() -> None:
    with served() as line:
        for said, answer in ((SYNC, ACK), (b"\x00\xff", b"\x79")):
            opened = terminal(line.path)
            os.write(opened, said)
            assert heard(opened, 1) == answer
            os.close(opened)


def test_the_control_socket_has_modem_lines_and_parity() -> None:
    wires = {"boot0": 0, "serial_boot0": Line.RTS, "serial_nrst": Line.DTR}
    with served(**wires) as line, socket.socket(socket.AF_UNIX) as control:
        control.connect(str(line.control))
        said = control.makefile("rw")

        def tell(text: str) -> None:
            said.write(text + "\n")
            said.flush()
            assert said.readline() == "ok\n"

        chip = line.board.chip
        tell("open")
        assert (chip.boot0, chip.in_reset) == (1, True)
        tell("lines 1 0")
        time.sleep(0.2)  # the board lives by the wall clock
        opened = terminal(line.path)
        tell("mode 115200 N 1")
        os.write(opened, b"\x7f")
        heard(opened, 1)
        os.write(opened, b"\x00\xff")
        tell("mode 115200 E 1")
        tell("break 1")
        tell("break 0")
        said.close()
        control.close()
        time.sleep(0.2)
        assert (chip.boot0, chip.in_reset) == (0, False)
        os.close(opened)


def test_rfc2217_carries_parity_and_modem_lines() -> None:
    wires = {"boot0": 0, "serial_boot0": Line.RTS, "serial_nrst": Line.DTR}
    with served(**wires) as line, rfc2217(line) as port:
        assert line.board.chip.in_reset
        port.dtr = False
        time.sleep(0.2)
        port.write(SYNC)
        assert port.read() == ACK
        port.write(b"\x02\xfd")
        assert port.read(5) == b"\x79\x01\x04\x10\x79"


def test_rfc2217_without_parity_does_not_get_through() -> None:
    with served() as line, rfc2217(line, parity="N", timeout=0.3) as port:
        port.write(SYNC)
        port.read()
        port.write(b"\x00\xff")
        assert port.read(15)[:1] != ACK


def test_rfc2217_one_client_after_the_other() -> None:
    with served() as line:
        with rfc2217(line) as port:
            port.write(SYNC)
            assert port.read() == ACK
        with rfc2217(line) as port:
            port.write(b"\x01\xfe")
            assert port.read(5) == b"\x79\x22\x00\x00\x79"


def test_what_talks_unasked_is_heard() -> None:
    with served(serial_to=SerialTo.GPS) as line:
        opened = terminal(line.path)
        assert len(heard(opened, 10)) == 10  # at a rate and a parity that are not the receiver's
        os.close(opened)
        with rfc2217(line, baudrate=9600, parity="N") as port:
            lines = (port.read_until(b"\r\n") for _ in range(20))  # first what came before
            assert any(b"$GPGGA" in line for line in lines)


def test_a_pulled_adapter_ends_the_connection() -> None:
    with served() as line, socket.create_connection(("127.0.0.1", line.port), 5) as client:
        assert client.recv(100) != b""  # the server's side of the negotiation
        line.adapter.unplug()
        while client.recv(100):
            pass
