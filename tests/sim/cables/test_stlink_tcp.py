"""The ST-Link server's protocol, spoken by a client that is written here."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest

from swdflash.sim.cables.errors import PortTaken
from swdflash.sim.cables.plug import Plug
from swdflash.sim.cables.stlink_tcp import StLinkServer
from swdflash.sim.faults import FaultPlan
from tests.sim.cables.toy_board import SERIAL, ToyBoard

OK = 1
GET_VERSION = b"\xf1".ljust(16, b"\0")
READ, WRITE = 1, 0


class Client:
    def __init__(self, port: int) -> None:
        self.line = socket.create_connection(("127.0.0.1", port), timeout=10)

    def ask(self, request: bytes, size: int) -> bytes:
        self.line.sendall(request)
        answer = b""
        while len(answer) < size and (more := self.line.recv(size - len(answer))):
            answer += more
        return answer

    def open(self) -> int:
        status, _connection = struct.unpack("<2I", self.ask(b"\x03" + bytes(7), 8))
        return int(status)

    def info(self) -> tuple[int, str, int, int, bool]:
        answer = self.ask(struct.pack("<B3xI", 2, 41), 45)
        status, _id, serial, vid, pid, used = struct.unpack("<2I32sHHB", answer)
        return status, serial.rstrip(b"\0").decode(), vid, pid, bool(used)

    def usb(
        self, command: bytes, direction: int, size: int, data: bytes = b""
    ) -> tuple[int, bytes]:
        request = struct.pack("<B3xI16sB3xI", 5, 1, command, direction, size) + data
        answer = self.ask(request, 4 + (size if direction == READ else 0))
        return int.from_bytes(answer[:4], "little"), answer[4:]


Connect = Callable[[StLinkServer], Client]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Makes clients, and closes them in the end."""
    with ExitStack() as held:

        def new(server: StLinkServer) -> Client:
            client = Client(server.port)
            held.enter_context(client.line)
            return client

        yield new


@contextmanager
def served(faults: str = "") -> Iterator[tuple[Plug, StLinkServer]]:
    plug = Plug(ToyBoard(), FaultPlan.parse(faults))
    with StLinkServer(plug) as server:
        yield plug, server


def test_one_probe_is_listed_opened_and_asked(connect: Connect) -> None:
    with served() as (_plug, server):
        client = connect(server)
        assert client.ask(b"\x06\x01\0\0", 16)[:4] == (3).to_bytes(4, "little")
        assert client.ask(b"\x00\x00", 4) == (OK).to_bytes(4, "little")
        assert client.ask(b"\x01", 4) == (1).to_bytes(4, "little")
        assert client.info() == (OK, SERIAL, 0x0483, 0x3748, False)
        assert client.usb(GET_VERSION, READ, 6)[0] != OK, "not before it is opened"
        assert client.open() == OK
        status, version = client.usb(GET_VERSION, READ, 6)
        assert (status, version[2:]) == (OK, struct.pack("<2H", 0x0483, 0x3748))
        assert client.usb(b"\xf2\x30\xa3", READ, 2) == (OK, b"\x80\x00")
        write = struct.pack("<BBIH", 0xF2, 0x08, 0x2000_0000, 8)
        assert client.usb(write, WRITE, 8, b"written!") == (OK, b"")
        read = struct.pack("<BBIH", 0xF2, 0x07, 0x2000_0000, 8)
        assert client.usb(read, READ, 8) == (OK, b"written!")


def test_it_is_used_until_its_user_goes(connect: Connect) -> None:
    with served() as (_plug, server):
        first, second = connect(server), connect(server)
        assert first.open() == OK
        assert second.info()[-1] is True
        assert second.open() != OK
        assert first.ask(b"\x04" + bytes(7), 4) == (OK).to_bytes(4, "little")
        assert second.open() == OK
        second.line.shutdown(socket.SHUT_WR)
        assert second.line.recv(1) == b""  # the server has let it go
        assert first.open() == OK


def test_a_pulled_probe_is_an_error_of_full_length(connect: Connect) -> None:
    with served("unplug@3") as (_plug, server):
        client = connect(server)
        assert client.open() == OK
        assert client.usb(GET_VERSION, READ, 6)[0] == OK
        status, rest = client.usb(GET_VERSION, READ, 6)
        assert status != OK
        assert rest == bytes(6)
        assert client.ask(b"\x01", 4) == bytes(4)


@pytest.mark.parametrize(("faults", "listed"), [("denied", 0), ("busy", 1)])
def test_a_probe_that_cannot_be_opened(connect: Connect, faults: str, listed: int) -> None:
    with served(faults) as (_plug, server):
        client = connect(server)
        assert client.ask(b"\x01", 4) == listed.to_bytes(4, "little")
        assert client.info()[-1] is (faults == "busy")
        assert client.open() != OK


@pytest.mark.parametrize("noise", [b"\xff" * 100, b"GET / HTTP/1.1\r\n\r\n"], ids=["ff", "http"])
def test_noise_ends_a_connection_and_nothing_else(connect: Connect, noise: bytes) -> None:
    with served() as (_plug, server):
        other = connect(server)
        other.line.sendall(noise)
        with suppress(ConnectionResetError):
            assert other.line.recv(100) == b""
        assert connect(server).open() == OK


def test_the_server_ends_while_clients_hang_on(connect: Connect) -> None:
    with served() as (_plug, server):
        client = connect(server)
        assert client.open() == OK
        with pytest.raises(PortTaken), StLinkServer(Plug(ToyBoard()), server.port):
            pass
    assert client.line.recv(1) == b""
