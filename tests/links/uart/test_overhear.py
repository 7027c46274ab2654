from __future__ import annotations

from collections.abc import Iterable

import pytest

from swdflash.links.pace import Pace
from swdflash.links.uart.line import ModemLine
from swdflash.links.uart.lines import NO_LINES, Driver, Lines, Wire
from swdflash.links.uart.overhear import RATES, is_text, overheard

NMEA = b"4,N,00833\xff\x00\r\n$GPGGA,120006.00,4717.112671,N\r\n"


class Talker:
    """Something that says `text` at one rate without parity, and rubbish at the others."""

    name = "talker"

    def __init__(self, rate: int, text: bytes, *, at_reset_only: bool = False) -> None:
        self._rate, self._text, self._waits = rate, text, at_reset_only
        self.baud, self.parity = 115200, True
        self.tried: list[int] = []

    def write(self, data: bytes) -> None:
        raise AssertionError(f"{data.hex()} is sent")

    def read(self, size: int, timeout_s: float) -> bytes:
        if self._waits:
            return b""
        right = self.baud == self._rate and not self.parity
        return (self._text if right else b"\x80\x00\xfe" * 30)[:size]

    def drain(self) -> None:
        pass

    def set_baud(self, baud: int, *, parity: bool = True) -> bool:
        self.baud, self.parity = baud, parity
        self.tried.append(baud)
        return True

    def assert_lines(self, asserted: Iterable[ModemLine]) -> None:
        self._waits = self._waits and ModemLine.DTR not in asserted


def hear(talker: Talker, lines: Lines = NO_LINES) -> str:
    return overheard(talker, Driver(talker, lines, Pace(lambda: 0.0, lambda _seconds: None)))


@pytest.mark.parametrize("rate", RATES)
def test_text_is_heard_at_its_rate(rate: int) -> None:
    assert hear(Talker(rate, b"hello, world\r\n")) == f"at {rate} baud it says 'hello, world'"


def test_a_line_that_was_cut_off_is_left_out() -> None:
    assert hear(Talker(9600, NMEA)).startswith("at 9600 baud it says '$GPGGA,120006.00")


def test_what_is_text_at_no_rate_is_not_shown_as_any() -> None:
    assert hear(Talker(9600, b"\x01\x02\x03\x04" * 9)) == ""


def test_what_is_silent_is_listened_to_once() -> None:
    silent = Talker(9600, b"", at_reset_only=True)
    assert hear(silent) == ""
    assert silent.tried == [115200]


def test_a_chip_that_can_be_reset_says_again_what_it_said() -> None:
    talker = Talker(115200, b"booted\r\n", at_reset_only=True)
    assert hear(talker, Lines(None, Wire(ModemLine.DTR))) == "at 115200 baud it says 'booted'"


@pytest.mark.parametrize("heard", [b"", b"ok", b"\x7f\x1f\x7f\x1f\x7f"])
def test_too_little_is_no_text(heard: bytes) -> None:
    assert not is_text(heard)
