"""Boards that are in their bootloader."""

from collections.abc import Iterator

import pytest

from swdflash.chips.data import chip_named
from swdflash.sim.board import VirtualBoard
from swdflash.sim.chip.nonvolatile import NonVolatile
from swdflash.sim.wiring import Wiring


@pytest.fixture
def board() -> Iterator[VirtualBoard]:
    chip = chip_named("STM32F103C8")
    nonvolatile = NonVolatile.from_factory(chip, bytes(range(12)))
    board = VirtualBoard(chip, nonvolatile, Wiring(serial="0" * 24, boot0=1))
    board.power_on()
    board.spend(0.01)
    yield board
    board.power_off()
    nonvolatile.close()
