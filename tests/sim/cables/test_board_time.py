from __future__ import annotations

import pytest

from swdflash.sim.cables.board_time import BoardTime
from tests.sim.cables.toy_board import ToyBoard


def test_what_the_board_does_at_once_the_host_has_still_to_live_through() -> None:
    board = ToyBoard()
    time = BoardTime(board)
    time.run_ahead(lambda: board.spend(2))
    assert (time.now, board.clock.now) == (0, 2)
    time.spend(0.5)
    assert (time.now, board.clock.now) == (0.5, 2)
    time.spend(2)
    assert time.now == board.clock.now == pytest.approx(2.5)


def test_who_waits_for_the_board_waits_no_longer_than_it_takes() -> None:
    board = ToyBoard()
    time = BoardTime(board)
    time.run_ahead(lambda: board.spend(2))
    assert not time.wait_for_board(1.5)
    assert time.now == pytest.approx(1.5)
    assert time.wait_for_board(1.5)
    assert time.now == board.clock.now == 2
    assert time.wait_for_board(0)


def test_time_that_passes_for_another_reason_passes_for_both() -> None:
    board = ToyBoard()
    time = BoardTime(board)
    time.run_ahead(lambda: board.spend(2))
    board.spend(1)
    assert time.now == pytest.approx(1)
