from __future__ import annotations

import time

import pytest

from swdflash.sim.cables.hostside.pace import Pace
from swdflash.sim.cables.hub import Hub
from swdflash.sim.cables.usb_socket import UsbSocket
from tests.sim.cables.toy_usb import ToyUsbBoard


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The wall clock, for a test to turn."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_the_board_lives_as_long_as_the_wall(wall: list[float]) -> None:
    board = ToyUsbBoard()
    pace = Pace(Hub([UsbSocket(board, board.usb)]))
    wall[0] += 2
    pace.live()
    pace.live()
    assert board.clock.now == pytest.approx(2)


def test_what_was_fast_on_the_wall_is_due_later_and_lived_once(wall: list[float]) -> None:
    board = ToyUsbBoard()
    pace = Pace(Hub([UsbSocket(board, board.usb)]))
    pace.transfer(lambda: board.spend(3))
    assert pace.due() == pytest.approx(103, abs=0.05)
    wall[0] += 3
    pace.live()
    assert board.clock.now == pytest.approx(3)
    wall[0] += 1
    pace.live()
    assert board.clock.now == pytest.approx(4)
