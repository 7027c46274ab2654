"""A serial adapter behind a TCP port, as RFC 2217 has it: with its parity and its modem lines."""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Any

import serial
from serial.rfc2217 import PortManager

from swdflash.sim.cables.serial_adapter import SerialAdapter
from swdflash.sim.cables.serial_pty import CHUNK, LONGEST_S, POLL_S

GONE = (OSError, serial.SerialException)  # the guest, or the adapter


class Guest:
    """One client: pyserial's own server side between its socket and the adapter's port."""

    def __init__(self, connection: socket.socket, adapter: SerialAdapter, port: Any) -> None:
        self._connection = connection
        self._adapter = adapter
        self._port = port
        self._manager = PortManager(port, self)

    def write(self, data: bytes) -> None:
        """What the manager has to say."""
        self._connection.sendall(data)

    def take(self, data: bytes) -> None:
        """What came from the client: settings, and bytes for the line."""
        plain = b"".join(self._manager.filter(data))
        if plain:
            self._port.write(plain)
        self.pass_on(self._adapter.settle(LONGEST_S))

    def pass_on(self, data: bytes) -> None:
        """What came from the line."""
        if data:
            self.write(b"".join(self._manager.escape(data)))


class Rfc2217Server:
    """An adapter at 127.0.0.1:`port`, from enter to exit; one client at a time.

    `open_port` opens it as pyserial does; `turn` is held while the board is at work.
    """

    def __init__(
        self, adapter: SerialAdapter, open_port: Callable[[], Any], turn: threading.Lock
    ) -> None:
        self._adapter = adapter
        self._open_port = open_port
        self._turn = turn
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._stop_ours, self._stop_theirs = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Rfc2217Server:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop_ours.close()
        self._thread.join()
        self._stop_theirs.close()
        self._listener.close()

    def _serve(self) -> None:
        while self._ready(self._listener, None):
            connection, _ = self._listener.accept()
            with ExitStack() as held:
                held.enter_context(connection)
                try:
                    self._attend(connection, held)
                except GONE:
                    continue

    def _attend(self, connection: socket.socket, held: ExitStack) -> None:
        with self._turn:
            port = held.enter_context(self._open_port())
            guest = Guest(connection, self._adapter, port)
        while (ready := self._ready(connection, POLL_S)) is not False:
            data = connection.recv(CHUNK) if ready else None
            if data == b"":
                return
            with self._turn:
                if data is None:
                    guest.pass_on(port.read(port.in_waiting))
                else:
                    guest.take(data)

    def _ready(self, sock: socket.socket, timeout_s: float | None) -> bool | None:
        """True if there is something; None after the timeout; False when it is time to end."""
        with selectors.DefaultSelector() as selector:
            selector.register(sock, selectors.EVENT_READ)
            selector.register(self._stop_theirs, selectors.EVENT_READ)
            ready = {key.fileobj for key, _ in selector.select(timeout_s)}
        if self._stop_theirs in ready:
            return False
        return True if ready else None
