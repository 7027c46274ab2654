from __future__ import annotations

import pytest

from swdflash.sim.probes.bus_pirate import BusPirate
from tests.sim.cables.toy_board import ToyBoard

LSB_FIRST_3V3 = b"\x8a"


@pytest.fixture
def board() -> ToyBoard:
    return ToyBoard()


@pytest.fixture
def pirate(board: ToyBoard) -> BusPirate:
    pirate = BusPirate(board)
    assert pirate.receive(bytes(20)) == b"BBIO1"
    assert pirate.receive(b"\x05") == b"RAW1"
    assert pirate.receive(LSB_FIRST_3V3) == b"\x01"
    return pirate


def switch_to_swd(pirate: BusPirate) -> None:
    for part in (b"\xff" * 7, b"\x9e\xe7", b"\xff" * 7, b"\0"):
        command = bytes([0x10 + len(part) - 1]) + part
        assert pirate.receive(command) == b"\x01" * len(command)


def test_it_answers_people_with_nothing_until_twenty_zeros(board: ToyBoard) -> None:
    pirate = BusPirate(board)
    assert pirate.receive(b"hello\n" + bytes(19)) == b""
    assert pirate.receive(b"x" + bytes(19)) == b""
    assert pirate.receive(b"\0") == b"BBIO1"
    assert pirate.receive(b"\0\0") == b"BBIO1BBIO1"


def test_dpidr_is_read_as_openocd_reads_it(pirate: BusPirate) -> None:
    switch_to_swd(pirate)
    assert pirate.receive(b"\x10\xa5\x07\x07\x07") == b"\x01\x01\x01\x00\x00"
    assert pirate.receive(b"\x06\x06\x06\x06\x07\x21") == b"\x77\x14\xa0\x1b\x00\x01"


def test_most_significant_bit_first_unless_configured(pirate: BusPirate) -> None:
    pirate.receive(b"\x88")
    for part in (b"\xff" * 7, b"\x79\xe7", b"\xff" * 7, b"\0"):
        pirate.receive(bytes([0x10 + len(part) - 1]) + part)
    assert pirate.receive(b"\x10\xa5\x07\x07\x07") == b"\x01\x01\x01\x00\x00"
    assert pirate.receive(b"\x06\x06\x06\x06") == b"\xee\x28\x05\xd8"


@pytest.mark.parametrize(
    ("sent", "low"), [(b"\x40", True), (b"\x40\x42", False), (b"\x40\x00\x0f", False)]
)
def test_aux_is_nrst(pirate: BusPirate, board: ToyBoard, sent: bytes, low: bool) -> None:
    pirate.receive(sent)
    assert board.nrst_low == low


def test_bytes_take_their_time_on_the_serial_line(pirate: BusPirate, board: ToyBoard) -> None:
    before = board.clock.now
    pirate.receive(b"\x09" * 100)
    assert board.clock.now - before == pytest.approx(200 * 10 / 115_200)


def test_what_it_does_not_know_is_answered_with_zero(pirate: BusPirate) -> None:
    assert pirate.receive(b"\xf0") == b"\x00"
