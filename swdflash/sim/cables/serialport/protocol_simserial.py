# ruff: noqa: D102 - names and words are those of serial.SerialBase
"""`simserial://NAME`: a virtual adapter as a pyserial port, in this process, in the board's time.

Failures are those of pyserial's own port on Linux, errno included. One byte is eight bits, and
flow control is nobody's.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import ClassVar

from serial import PortNotOpenError, SerialBase, SerialException

from swdflash.sim.cables.serial_adapter import AdapterGone, SerialAdapter
from swdflash.sim.uart.frames import Parity

SCHEME = "simserial"


class Serial(SerialBase):  # type: ignore[misc]  # pyserial has no types
    """`plugged` is what is in reach, by name: pyserial makes its ports from an address alone."""

    plugged: ClassVar[dict[str, SerialAdapter]] = {}
    is_open: bool

    def open(self) -> None:
        if self._port is None:
            raise SerialException("Port must be configured before it can be used.")
        if self.is_open:
            raise SerialException("Port is already open.")
        adapter = self.plugged.get(self._port.partition("://")[2])
        if adapter is None or not adapter.plugged:
            raise self._refused(errno.ENOENT)
        if adapter.denied:
            raise self._refused(errno.EACCES)
        if adapter.busy or adapter.opened:
            raise self._refused(errno.EBUSY)
        self._adapter = adapter
        adapter.open()
        self.is_open = True
        self._reconfigure_port()
        self._update_rts_state()
        self.reset_input_buffer()

    def close(self) -> None:
        if self.is_open:
            self.is_open = False
            self._adapter.close()

    def _refused(self, number: int) -> SerialException:
        text = os.strerror(number)
        return SerialException(number, f"could not open port {self._port}: [Errno {number}] {text}")

    def _reconfigure_port(self) -> None:
        parity = {"N": Parity.NONE, "E": Parity.EVEN, "O": Parity.ODD}.get(self._parity)
        if parity is None or self._bytesize != 8:
            raise ValueError(f"no such format here: {self._bytesize}{self._parity}")
        try:
            self._adapter.configure(self._baudrate, parity, 2 if self._stopbits == 2 else 1)
        except AdapterGone:
            raise SerialException("Could not configure port: (5, 'Input/output error')") from None

    @property
    def in_waiting(self) -> int:
        adapter = self._open_adapter()
        try:
            return adapter.waiting
        except AdapterGone:
            raise OSError(errno.EIO, os.strerror(errno.EIO)) from None

    def read(self, size: int = 1) -> bytes:
        adapter = self._open_adapter()
        try:
            return adapter.read(size, self._timeout)
        except AdapterGone:
            raise SerialException(
                "device reports readiness to read but returned no data (device disconnected or "
                "multiple access on port?)"
            ) from None

    def write(self, data: bytes | bytearray | memoryview) -> int:
        adapter = self._open_adapter()
        try:
            adapter.write(bytes(data))
        except AdapterGone:
            raise SerialException("write failed: [Errno 5] Input/output error") from None
        return len(data)

    def flush(self) -> None:
        self._steer(SerialAdapter.flush)

    def send_break(self, duration: float = 0.25) -> None:
        """In the board's time."""
        self.break_condition = True
        self._open_adapter().board.spend(duration)
        self.break_condition = False

    def reset_input_buffer(self) -> None:
        self._open_adapter().discard_input()

    def reset_output_buffer(self) -> None:
        self._open_adapter()

    def _open_adapter(self) -> SerialAdapter:
        if not self.is_open:
            raise PortNotOpenError
        return self._adapter

    def _update_break_state(self) -> None:
        self._steer(lambda adapter: adapter.set_break(self._break_state))

    def _update_rts_state(self) -> None:
        self._steer(lambda adapter: adapter.set_lines(rts=self._rts_state, dtr=self._dtr_state))

    _update_dtr_state = _update_rts_state

    def _steer(self, act: Callable[[SerialAdapter], None]) -> None:
        try:
            act(self._open_adapter())
        except AdapterGone:
            raise OSError(errno.EIO, os.strerror(errno.EIO)) from None

    # Nobody drives the lines that come from the board.

    @property
    def cts(self) -> bool:
        return False

    dsr = ri = cd = cts
