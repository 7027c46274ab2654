"""An OpenOCD that runs already, for others too."""

from __future__ import annotations

import random
import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from swdflash.errors import SwdflashError
from swdflash.flashing.write import prepare_write
from swdflash.images.image import Image
from swdflash.links.base import Connect
from swdflash.links.errors import BadVia
from swdflash.links.factory import open_debug_link
from swdflash.links.openocd.errors import OpenocdGone, OpenocdNotThere
from swdflash.sim.serving import serve_stlink
from swdflash.sim.store import Store
from swdflash.target.identify import identify

LOOP = struct.pack("<IIH", 0x2000_1000, 0x0800_0009, 0xE7FE)  # vectors, `b .`
IMAGE = Image.of(0x0800_0400, random.Random(5).randbytes(5000))


@dataclass
class Running:
    """An OpenOCD of somebody else's."""

    process: subprocess.Popen[str]
    port: int

    @property
    def via(self) -> str:
        return f"openocd:tcp://127.0.0.1:{self.port}"

    def ask(self, script: str) -> str:
        with socket.create_connection(("127.0.0.1", self.port), 5) as connection:
            connection.sendall(script.encode() + b"\x1a")
            answer = b""
            while not answer.endswith(b"\x1a"):
                answer += connection.recv(4096)
        return answer[:-1].decode()


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setenv("SWDFLASH_STATE_DIR", str(tmp_path))
    with Store().open("bluepill") as kept:
        kept.nonvolatile.flash[: len(LOOP)] = LOOP
    with serve_stlink("bluepill") as served, ExitStack() as undo:
        argv = [
            *("openocd", "-c", "bindto 127.0.0.1; tcl_port 0; gdb_port disabled"),
            *("-c", "telnet_port disabled", "-f", "interface/stlink-dap.cfg"),
            *("-c", f"st-link backend tcp {served.port}; transport select dapdirect_swd"),
            *("-f", "target/stm32f1x.cfg", "-c", "reset_config srst_only srst_nogate"),
        ]
        process = undo.enter_context(
            subprocess.Popen(argv, stderr=subprocess.PIPE, text=True, errors="replace")
        )
        undo.callback(process.kill)
        assert process.stderr is not None
        said = ""
        for said in process.stderr:
            if "Listening on port" in said:
                break
        threading.Thread(target=process.stderr.read, daemon=True).start()
        yield Running(process, int(said.split()[5]))


def write(via: str) -> None:
    with open_debug_link(via) as link:
        prepare_write(identify(link), IMAGE).carry_out()
        (segment,) = IMAGE.segments
        assert link.read(segment.address, len(segment.data)) == segment.data


def test_it_is_used_and_left_as_it_was(running: Running) -> None:
    assert "polling: on" in running.ask("poll")
    for connect in Connect:
        with open_debug_link(running.via, connect=connect) as link:
            assert link.dpidr() == 0x1BA0_1477
            assert link.is_halted() == (connect in {Connect.HALT, Connect.UNDER_RESET})
            assert "polling: off" in running.ask("poll")
        assert "polling: on" in running.ask("poll")
    write(running.via)
    assert running.process.poll() is None
    running.process.kill()
    running.process.wait()


def test_a_hostile_neighbour(running: Running) -> None:
    """It talks nonsense without a pause; what it says never passes for an answer to us."""
    nonsense = [
        b"return -code 7 x\x1a" * 20,
        b"list 0 0 {} {}\x1a" * 20,
        b"tcl_notifications on\x1a",
        b"x" * 5_000_000 + b"\x1a",
        b"set swdflash_code 0; set swdflash_result forged\x1a" * 20,
        b"proc read_memory_ {} {}\x1a\x1a\x1a",
        b"{ unbalanced \x1a",
        b"half a line",
    ]
    done = threading.Event()

    def bother() -> None:
        while not done.is_set():
            for each in nonsense:
                with suppress(OSError), _connected(running.port) as connection:
                    connection.sendall(each)
                    connection.recv(65536)

    neighbour = threading.Thread(target=bother)
    neighbour.start()
    try:
        write(running.via)
    finally:
        done.set()
        neighbour.join()
    assert running.process.poll() is None
    running.process.kill()
    running.process.wait()


@contextmanager
def _connected(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), 0.5) as connection:
        yield connection


def test_it_is_ended_by_its_owner(running: Running) -> None:
    with open_debug_link(running.via) as link:
        running.process.kill()
        running.process.wait()
        with pytest.raises(OpenocdGone) as caught:
            link.read32(0x0800_0000)
        with pytest.raises(OpenocdGone):
            link.read32(0x0800_0000)
    assert caught.value.happened == "has gone"


def closes(connection: socket.socket) -> None:
    connection.recv(1 << 16)


def speaks_http(connection: socket.socket) -> None:
    connection.recv(1 << 16)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n\x1a")


def answers_another(connection: socket.socket) -> None:
    connection.recv(1 << 16)
    connection.sendall(b"0123456789abcdef 0 {} {}\x1a")


def never_ends(connection: socket.socket) -> None:
    connection.recv(1 << 16)
    with suppress(OSError):
        while True:
            connection.sendall(b"x" * (1 << 20))


def fails_without_a_word(connection: socket.socket) -> None:
    connection.recv(1 << 16)
    connection.sendall(b"\x1a")
    connection.recv(1 << 16)


@pytest.mark.parametrize(
    "manners", [closes, speaks_http, answers_another, never_ends, fails_without_a_word]
)
def test_what_answers_is_no_openocd(manners: Callable[[socket.socket], None]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                manners(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(SwdflashError) as caught:
            open_debug_link(f"openocd:tcp://127.0.0.1:{server.getsockname()[1]}")
        thread.join()
    assert caught.value.code in {"openocd-not-there", "engine-failed"}


def test_nobody_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(OpenocdNotThere):
        open_debug_link(f"tcp://127.0.0.1:{port}")


@pytest.mark.parametrize("place", ["tcp://", "tcp://host:port", "tcp://a@b:1", "tcp://h:1/x"])
def test_what_is_no_address(place: str) -> None:
    with pytest.raises(BadVia):
        open_debug_link(f"openocd:{place}")
