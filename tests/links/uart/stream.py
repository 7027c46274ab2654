"""A line that is a list: what is to be written to it, and what it then says."""

from __future__ import annotations

from collections.abc import Iterable

from swdflash.links.uart.line import ModemLine


class Script:
    """Pairs of what must be written, and the answer; anything else written is an error."""

    name = "script"
    baud = 115200

    def __init__(self, *lines: tuple[bytes, bytes]) -> None:
        self.left = list(lines)
        self.answers = b""
        self.waited: list[float] = []

    def write(self, data: bytes) -> None:
        expected, answer = self.left.pop(0)
        assert data == expected, f"{data.hex(' ')} is written, not {expected.hex(' ')}"
        self.answers += answer

    def read(self, size: int, timeout_s: float) -> bytes:
        self.waited.append(timeout_s)
        got, self.answers = self.answers[:size], self.answers[size:]
        return got

    def drain(self) -> None:
        pass

    def set_baud(self, baud: int, *, parity: bool = True) -> bool:
        raise AssertionError(baud)

    def assert_lines(self, asserted: Iterable[ModemLine]) -> None:
        raise AssertionError(asserted)
