"""A byte stream with the two modem lines that boards wire to BOOT0 and NRST.

`Line` is all that the protocol code sees. `SerialLine` is one over whatever pyserial opens.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import suppress
from enum import StrEnum
from typing import Any, Protocol

import serial

from swdflash.links.interrupts import interrupts_wait
from swdflash.links.pace import Pace
from swdflash.links.uart.exceptions import translated

BITS = 11  # of one byte on the wire: start, 8 data, even parity, stop (AN3155 §1)
SLICE_S = 0.005  # pyserial's own timeout: a wait is a number of these


class ModemLine(StrEnum):
    """An output that a serial adapter has beside TX."""

    RTS = "rts"
    DTR = "dtr"


class Line(Protocol):
    """A byte stream."""

    @property
    def name(self) -> str:
        """Of the port, for people."""
        ...

    @property
    def baud(self) -> int:
        """Bits a second."""
        ...

    def write(self, data: bytes) -> None:
        """Send; may return before the last bit is on the wire."""
        ...

    def read(self, size: int, timeout_s: float) -> bytes:
        """What comes, until it is `size` bytes or `timeout_s` is over."""
        ...

    def drain(self) -> None:
        """Wait until everything written is on the wire."""
        ...

    def set_baud(self, baud: int, *, parity: bool = True) -> bool:
        """Send and receive at another rate; False where the port does not do that.

        ROMs have even parity, programs mostly none (`parity=False`).
        """
        ...

    def assert_lines(self, asserted: Iterable[ModemLine]) -> None:
        """Assert these modem lines and no other."""
        ...


def wire_s(line: Line, count: int) -> float:
    """How long `count` bytes take on the wire."""
    return count * BITS / line.baud


def listen(line: Line, quiet_s: float, most: int = 4096) -> bytes:
    """All that comes until nothing comes for `quiet_s`, or there are `most` bytes."""
    heard = b""
    while len(heard) < most and (more := line.read(1, quiet_s)):
        heard += more
    return heard


class SerialLine:
    """A port of pyserial's, opened with even parity.

    Its timeout is set once and for all: pyserial sets a port up anew for every change of it, which
    a pseudo terminal refuses with parity.
    """

    def __init__(self, port: Any, name: str, pace: Pace) -> None:
        self._port = port
        self._pace = pace
        self._name = name
        _drop_bad_parity(port)

    @property
    def name(self) -> str:
        """See `Line`."""
        return self._name

    @property
    def baud(self) -> int:
        """See `Line`."""
        return int(self._port.baudrate)

    def write(self, data: bytes) -> None:
        """See `Line`. Ctrl-C waits until all of it is handed over: half a frame confuses a ROM."""
        with translated(self._name), interrupts_wait():
            self._port.write(data)

    def read(self, size: int, timeout_s: float) -> bytes:
        """See `Line`."""
        deadline = self._pace.now() + timeout_s - SLICE_S / 2
        got = b""
        with translated(self._name):
            if not timeout_s and not self._port.in_waiting:
                return got
            while True:
                got += bytes(self._port.read(size - len(got)))
                if len(got) >= size or self._pace.now() >= deadline:
                    return got

    def drain(self) -> None:
        """See `Line`."""
        with translated(self._name):
            self._port.flush()

    def set_baud(self, baud: int, *, parity: bool = True) -> bool:
        """See `Line`. What was received at the old rate is dropped."""
        before = self.baud
        wanted = serial.PARITY_EVEN if parity else serial.PARITY_NONE
        if (baud, wanted) == (before, self._port.parity):
            return True
        with translated(self._name, setting=True) as refused:
            self._port.flush()
            if wanted != self._port.parity:
                self._port.parity = wanted
            self._port.baudrate = baud
            self._port.reset_input_buffer()
        if refused:
            with translated(self._name, setting=True):
                self._port.baudrate = before
        _drop_bad_parity(self._port, drop=parity)
        return not refused

    def assert_lines(self, asserted: Iterable[ModemLine]) -> None:
        """See `Line`."""
        wanted = set(asserted)
        with translated(self._name, setting=True):
            self._port.rts = ModemLine.RTS in wanted
            self._port.dtr = ModemLine.DTR in wanted

    def close(self) -> None:
        """Let go of the port."""
        with suppress(Exception):
            self._port.close()


def _drop_bad_parity(port: Any, *, drop: bool = True) -> None:
    """Have the driver drop bytes whose parity is wrong, or not.

    pyserial clears INPCK, so that they would come through as if nothing were wrong with them. A
    dropped one leaves an answer short, which is noticed. Not every adapter tells its driver of bad
    parity, and two flipped bits pass anyway: what is read is not trusted by this alone.
    """
    if sys.platform == "win32" or not isinstance(getattr(port, "fd", None), int):
        return
    import termios  # noqa: PLC0415  (POSIX only)

    with suppress(termios.error):
        attributes = termios.tcgetattr(port.fd)
        checked = termios.INPCK | termios.IGNPAR
        attributes[0] = attributes[0] | checked if drop else attributes[0] & ~checked
        termios.tcsetattr(port.fd, termios.TCSANOW, attributes)
