from __future__ import annotations

import pytest

from swdflash.sim.adiv5.acks import Ack, SwdError
from swdflash.sim.adiv5.swd_port import SwdPort
from tests.sim.cables.toy_board import ToyBoard

DPIDR, CTRL_STAT = 0x0, 0x4


def test_a_transaction_takes_46_clocks_and_8_idle() -> None:
    board = ToyBoard()
    port = SwdPort(board)
    port.swclk_hz = 5_000
    for _ in range(100):
        port.read(DPIDR)
    port.settle()
    assert board.clock.now == pytest.approx(100 * 54 / 5_000)


def test_no_answer_without_supply_or_swd_pins() -> None:
    board = ToyBoard()
    port = SwdPort(board)
    board.chip.swd_alive = False
    with pytest.raises(SwdError) as silence:
        port.read(DPIDR)
    assert silence.value.ack is Ack.NONE

    board.chip.swd_alive, board.powered = True, False
    with pytest.raises(SwdError):
        port.read(DPIDR)


def test_the_debug_port_forgets_when_power_goes() -> None:
    board = ToyBoard()
    port = SwdPort(board)
    port.write(CTRL_STAT, 1 << 28)
    assert port.read(CTRL_STAT)

    board.powered = False
    with pytest.raises(SwdError):
        port.read(DPIDR)
    board.powered = True
    board.chip.power_ups += 1
    assert port.read(CTRL_STAT) == 0


def test_a_disturbed_acknowledge_replaces_one_transaction() -> None:
    port = SwdPort(ToyBoard())
    port.disturbed.append(Ack.WAIT)
    with pytest.raises(SwdError) as wait:
        port.read(DPIDR)
    assert wait.value.ack is Ack.WAIT
    assert port.read(DPIDR) == 0x1BA0_1477
