"""Named boards, from `targets/boards.toml`: a chip with its wiring."""

from __future__ import annotations

from enum import StrEnum
from functools import cache

from swdflash.chips.chip import Chip
from swdflash.chips.data import chip_named
from swdflash.chips.errors import UnknownBoard
from swdflash.chips.files import load_rows, targets_directory
from swdflash.chips.row import Row


class Level(StrEnum):
    """What a pin is driven to."""

    LOW = "low"
    HIGH = "high"


class Strap(StrEnum):
    """How a boot pin can be moved."""

    JUMPER = "jumper"
    PAD = "pad"  # a wire, or solder
    FIXED = "fixed"


class Led(Row, frozen=True):
    """A light that firmware can switch."""

    pin: str
    on: Level  # the level that lights it


class Board(Row, frozen=True):
    """How a chip is wired on a board that people can buy."""

    name: str
    title: str
    chip: str  # part number, as `chip_named` takes it
    nrst: bool  # whether NRST is brought out for a probe to drive
    boot0: Strap
    boot1: Strap
    led: Led
    hse_hz: int | None = None  # the crystal, or what a probe gives in its place
    usb: str | None = None  # the connector at the chip's own USB
    button: str | None = None
    probe: str | None = None  # the probe on the board, where it has one
    boot0_label: str = "BOOT0"  # what is printed at the jumper, or where the pad is
    boot1_label: str = "BOOT1"

    def make_chip(self) -> Chip:
        """The chip on it."""
        return chip_named(self.chip)


class BoardsFile(Row, frozen=True):
    """The whole file."""

    board: tuple[Board, ...]


@cache
def boards() -> tuple[Board, ...]:
    """Every board known. Raises BadTargetFile."""
    return load_rows(targets_directory() / "boards.toml", BoardsFile).board


def board_named(name: str) -> Board:
    """The board called `name`. Raises UnknownBoard."""
    for board in boards():
        if board.name == name:
            return board
    raise UnknownBoard(name, ", ".join(board.name for board in boards()))
