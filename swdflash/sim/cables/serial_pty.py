"""A serial adapter as a pseudo-terminal, for programs that open a device file.

A pseudo-terminal has a rate, but no parity and no modem lines (the kernel clears PARENB, and knows
no TIOCMSET there): its line has even parity, as the bootloader wants it, and RTS and DTR stay as
they are. Who has more to say says it at the control socket, line by line, each answered by "ok":

    open | close | mode BAUD N|E|O STOPBITS | lines RTS DTR | break ON      (0 or 1)

What was written to the terminal before counts before.
"""

from __future__ import annotations

import fcntl
import os
import selectors
import socket
import struct
import threading
import tty
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType

from swdflash.sim.cables.serial_adapter import AdapterGone, SerialAdapter
from swdflash.sim.uart.frames import Parity

CHUNK = 4096
POLL_S = 0.02  # how long what the board says by itself may wait
LONGEST_S = 120.0  # of the board's time, until the line is quiet again
TCGETS2 = 0x802C_542A  # asm-generic/ioctls.h; struct termios2 ends with the speeds in bits a second
TERMIOS2 = struct.Struct("4IB19s2I")


class SerialPty:
    """An adapter at `path`, from enter to exit; `turn` is held while the board is at work."""

    def __init__(self, adapter: SerialAdapter, turn: threading.Lock, control: Path | None = None):
        self._adapter = adapter
        self._turn = turn
        self._parity, self._stop_bits = Parity.EVEN, 1
        self._held = ExitStack()
        self._ours, theirs = os.openpty()
        tty.setraw(theirs)
        os.set_blocking(self._ours, False)
        self.path = os.ttyname(theirs)
        self._stop_read, self._stop_write = os.pipe()
        for end in (self._ours, theirs, self._stop_read):
            self._held.callback(os.close, end)
        self._selector = self._held.enter_context(selectors.DefaultSelector())
        self._selector.register(self._ours, selectors.EVENT_READ, self._program_writes)
        if control is not None:
            self._listen(control)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> SerialPty:
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
        self._held.close()

    def _serve(self) -> None:
        self._selector.register(self._stop_read, selectors.EVENT_READ, None)
        while True:
            for key, _ in self._selector.select(POLL_S):
                if key.data is None:
                    return
                key.data()
            with self._turn, suppress(AdapterGone):
                self._pass_on(self._adapter.read(self._adapter.waiting, 0.0))

    def _program_writes(self) -> None:
        try:
            data = os.read(self._ours, CHUNK)
        except BlockingIOError:
            return
        with self._turn, suppress(AdapterGone):
            self._adapter.configure(self._baud, self._parity, self._stop_bits)
            self._adapter.write(data)
            self._pass_on(self._adapter.settle(LONGEST_S))

    @property
    def _baud(self) -> int:
        answer = fcntl.ioctl(self._ours, TCGETS2, bytes(TERMIOS2.size))
        return int(TERMIOS2.unpack(answer)[-1]) or 9600

    def _pass_on(self, data: bytes) -> None:
        with suppress(BlockingIOError):  # nobody reads: bytes are lost, as on a UART
            os.write(self._ours, data)

    # The control socket

    def _listen(self, path: Path) -> None:
        listener = self._held.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        listener.bind(str(path))
        listener.listen()
        self._selector.register(
            listener, selectors.EVENT_READ, lambda: self._welcome(listener.accept()[0])
        )

    def _welcome(self, guest: socket.socket) -> None:
        lines = guest.makefile("rwb")

        def asked() -> None:
            line = lines.readline()
            if not line:
                self._selector.unregister(guest)
                lines.close()
                guest.close()
                self._obey("close")
                return
            self._program_writes()
            self._obey(*line.decode().split())
            lines.write(b"ok\n")
            lines.flush()

        self._selector.register(guest, selectors.EVENT_READ, asked)

    def _obey(self, verb: str, *words: str) -> None:
        with self._turn, suppress(AdapterGone):
            match verb, words:
                case "open", ():
                    self._adapter.open()
                case "close", ():
                    self._adapter.close()
                    self._parity, self._stop_bits = Parity.EVEN, 1
                case "mode", (baud, parity, stop_bits):
                    self._parity, self._stop_bits = Parity(parity), int(stop_bits)
                    self._adapter.configure(int(baud), self._parity, self._stop_bits)
                case "lines", (rts, dtr):
                    self._adapter.set_lines(rts=rts == "1", dtr=dtr == "1")
                case "break", (on,):
                    self._adapter.set_break(on == "1")
            self._pass_on(self._adapter.settle(LONGEST_S))
