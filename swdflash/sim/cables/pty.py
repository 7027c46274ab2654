"""A serial cable: a device of bytes at one end, a pseudo-terminal at the other."""

from __future__ import annotations

import os
import selectors
import threading
import tty
from contextlib import suppress
from types import TracebackType
from typing import Protocol

CHUNK = 4096


class SerialDevice(Protocol):
    """Something that answers bytes with bytes."""

    def receive(self, data: bytes) -> bytes:
        """Take bytes from the line; returns what goes back."""
        ...

    def unplug(self) -> None:
        """The device loses its supply."""
        ...


class PtyCable:
    """A device at `path`, from enter to exit. Programs may come and go: the line stays.

    `turn` is held while the device is at work.
    """

    def __init__(self, device: SerialDevice, turn: threading.Lock | None = None) -> None:
        self._device = device
        self._turn = turn or threading.Lock()
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        os.set_blocking(self._ours, False)
        self.path = os.ttyname(self._theirs)
        self._stop_read, self._stop_write = os.pipe()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> PtyCable:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._stop_write)
        self._thread.join()
        self._device.unplug()
        for end in (self._ours, self._theirs, self._stop_read):
            os.close(end)

    def _serve(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._ours, selectors.EVENT_READ)
            selector.register(self._stop_read, selectors.EVENT_READ)
            while all(key.fd == self._ours for key, _ in selector.select()):
                data = os.read(self._ours, CHUNK)
                with self._turn:
                    answer = self._device.receive(data)
                with suppress(BlockingIOError):  # nobody reads: bytes are lost, as on a UART
                    os.write(self._ours, answer)
