"""An ST-Link server: the TCP protocol by which OpenOCD's `st-link backend tcp` reaches a probe.

All numbers are little-endian. Most answers begin with a status; what a request asked for follows
even after an error, for clients wait for the full length (OpenOCD stlink_usb.c, stlink_tcp_*).
"""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
from contextlib import suppress
from enum import IntEnum
from types import TracebackType

from swdflash.sim.cables.errors import PortTaken
from swdflash.sim.cables.hostside.usb import ERROR_TIMEOUT, UsbFault
from swdflash.sim.cables.plug import Plug

API, MAJOR, MINOR, BUILD = 3, 2, 1, 1  # with API 3, OpenOCD batches scattered accesses (RW_MISC)
DEVICE_ID = CONNECT_ID = 1
USB_ADDRESS = 1
WRITE = 0
TIMEOUT_MS = 1000


class Command(IntEnum):
    """The first byte of a request."""

    REFRESH = 0
    COUNT = 1
    INFO = 2
    OPEN = 3
    CLOSE = 4
    USB = 5
    VERSION = 6


LENGTHS = {
    Command.REFRESH: 2,
    Command.COUNT: 1,
    Command.INFO: 8,
    Command.OPEN: 8,
    Command.CLOSE: 8,
    Command.USB: 32,
    Command.VERSION: 4,
}


class Status(IntEnum):
    """How a request fared."""

    OK = 0x0001
    TIMEOUT = 0x1001
    OPEN_ERROR = 0x1003
    TCP_ERROR = 0x2001  # anything else; what a real server says of a pulled probe is not published


class StLinkServer:
    """Serves one probe on 127.0.0.1, from enter to exit; one client at a time may open it.

    `port` 0 lets the system choose; it is the true one from the start. `turn` is held while the
    board is used. Raises `PortTaken`.
    """

    def __init__(self, plug: Plug, port: int = 0, turn: threading.Lock | None = None) -> None:
        try:
            self._server = _Server(plug, port, turn or threading.Lock())
        except (OSError, OverflowError) as problem:
            raise PortTaken(port, getattr(problem, "strerror", None) or str(problem)) from problem
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    def __enter__(self) -> StLinkServer:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._thread.join()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True

    def __init__(self, plug: Plug, port: int, turn: threading.Lock) -> None:
        self.plug = plug
        self.turn = turn
        self.user: _Client | None = None  # who has opened the probe
        self._connections: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Client)

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = super().get_request()
        self._connections.add(connection)
        return connection, address

    def close_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        if isinstance(request, socket.socket):
            self._connections.discard(request)
        super().close_request(request)

    def hang_up(self) -> None:
        """End every connection, so that their threads end."""
        for connection in tuple(self._connections):
            with suppress(OSError):  # the client was faster
                connection.shutdown(socket.SHUT_RDWR)


class _Client(socketserver.StreamRequestHandler):
    """One connection; a probe that it has opened is free again when it ends."""

    server: _Server
    disable_nagle_algorithm = True

    def handle(self) -> None:
        try:
            while (opcode := self.rfile.read(1)) and opcode[0] in set(Command):
                rest = LENGTHS[Command(opcode[0])] - 1
                request = opcode + self.rfile.read(rest)
                if len(request) <= rest:
                    return
                self.wfile.write(self._answer(request))
        except ConnectionError:
            pass
        finally:
            self._close()

    def _answer(self, request: bytes) -> bytes:
        match request[0]:
            case Command.VERSION:
                answer = struct.pack("<4I", API, MAJOR, MINOR, BUILD)
            case Command.COUNT:
                answer = word(int(self._listed()))
            case Command.INFO:
                answer = self._info()
            case Command.OPEN:
                answer = word(self._open()) + word(CONNECT_ID)
            case Command.USB:
                answer = self._usb(request)
            case command:
                if command == Command.CLOSE:
                    self._close()
                answer = word(Status.OK)
        return answer

    def _listed(self) -> bool:
        """A probe that the server may not open is none that it knows."""
        return self.server.plug.plugged and not self.server.plug.denied

    def _info(self) -> bytes:
        plug = self.server.plug
        device = plug.device(USB_ADDRESS)
        used = plug.busy or self.server.user not in {None, self}
        fields = (DEVICE_ID, plug.uid.encode(), device.vid, device.pid, used)
        return word(Status.OK) + struct.pack("<I32sHHB", *fields)

    def _open(self) -> Status:
        with self.server.turn:
            plug = self.server.plug
            if plug.denied or plug.busy or self.server.user not in {None, self}:
                return Status.OPEN_ERROR
            self.server.user = self
            return Status.OK

    def _close(self) -> None:
        with self.server.turn:
            if self.server.user is self:
                self.server.user = None

    def _usb(self, request: bytes) -> bytes:
        """A command of 16 bytes, then data out, or an answer of the size that is asked for."""
        size = int.from_bytes(request[28:32], "little")
        data = b""
        if request[24] == WRITE:
            data, size = self.rfile.read(size), 0
        with self.server.turn:
            if self.server.user is not self:
                return word(Status.OPEN_ERROR) + bytes(size)
            try:
                return word(Status.OK) + self._transfer(request[8:24], data, size)
            except UsbFault as fault:
                status = Status.TIMEOUT if fault.code == ERROR_TIMEOUT else Status.TCP_ERROR
                return word(status) + bytes(size)

    def _transfer(self, command: bytes, data: bytes, size: int) -> bytes:
        plug, model = self.server.plug, self.server.plug.probe.model
        plug.transfer_out(model.out_endpoint, command)
        if data:
            plug.transfer_out(model.out_endpoint, data)
        if not size:
            return b""
        answer = plug.transfer_in(model.in_endpoint, size, TIMEOUT_MS)
        if answer is None:
            raise UsbFault(ERROR_TIMEOUT)
        return answer.ljust(size, b"\0")


def word(value: int) -> bytes:
    """Four bytes."""
    return value.to_bytes(4, "little")
