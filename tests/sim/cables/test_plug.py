from __future__ import annotations

import pytest

from swdflash.sim.cables.plug import Plug
from tests.sim.cables.toy_board import SERIAL, ToyBoard, ToyWiring

COMMAND = bytes([0xF1]).ljust(16, b"\0")
READ_1536_WORDS = bytes.fromhex("f207 00000020 0018 00").ljust(16, b"\0")


def test_a_command_and_its_answer_cost_a_round_trip() -> None:
    board = ToyBoard()
    plug = Plug(board)
    plug.transfer_out(2, COMMAND)
    plug.transfer_in(0x81, 64, 1000)
    assert board.clock.now == pytest.approx(0.15e-3)


def test_a_block_costs_its_clocks_and_its_packets_one_after_the_other() -> None:
    """6 KiB at 4 MHz: about 20.7 ms of SWD with idle clocks, and 5 ms of USB at full speed."""
    board = ToyBoard()
    plug = Plug(board)
    for setup in ("f24300", "f230a3"):
        plug.transfer_out(2, bytes.fromhex(setup).ljust(16, b"\0"))
        plug.transfer_in(0x81, 64, 1000)
    before = board.clock.now
    plug.transfer_out(2, READ_1536_WORDS)
    on_the_wire = board.clock.now - before
    plug.transfer_in(0x81, 6144, 1000)

    # CTRL/STAT first; each of 6 blocks: CSW, TAR, and one read more than words
    transactions = 1 + 1 + 6 * (1 + 1 + 1) + 1536
    assert on_the_wire == pytest.approx(75e-6 + transactions * 54 / 4e6, rel=0.01)
    assert board.clock.now - before - on_the_wire == pytest.approx(75e-6 + 95 / 19e3)


def test_an_endpoint_without_data_costs_its_timeout() -> None:
    board = ToyBoard()
    assert Plug(board).transfer_in(0x81, 64, 20) is None
    assert board.clock.now == pytest.approx(0.02)


@pytest.mark.parametrize("kind", ["v2-1", "v3"])
def test_readable_serials(kind: str) -> None:
    plug = Plug(ToyBoard(ToyWiring(probe=kind)))
    assert plug.device(1).serial == SERIAL


def test_a_v2_has_its_serial_in_raw_bytes() -> None:
    serial = Plug(ToyBoard()).device(1).serial
    assert serial.encode("latin-1").hex().upper() == SERIAL
