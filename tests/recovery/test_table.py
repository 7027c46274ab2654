"""Each firmware on each board: the right cause, never a wrong one as proven, and the way back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from swdflash.links.engine import Engine
from swdflash.recovery.hand import Act
from tests.recovery.cells import LOCKOUTS, Cell, every_cell, play

BY_HAND = {
    "NRST not wired": (Act.HOLD_RESET, Act.RELEASE_RESET),
    "SWD broken, BOOT0 by hand": (Act.BOOT0_HIGH, Act.RESET, Act.BOOT0_LOW, Act.RESET),
}
SLOW = {"swj_off", "stop_wfi", "iwdg_loop", "blinky"}  # with a capacitor at NRST: these will do
UNWIRED = {*LOCKOUTS, "iwdg_loop", "lockup", "blinky", "rdp1"} - {"swj_off_2s"}

BY_ROM = {
    "RTS, DTR wired": {"swj_off", "stop_wfi", "standby_rtc", "sleep", "blinky", "rdp1"},
    "SWD broken, RTS, DTR wired": {"swj_off", "iwdg_loop", "blinky", "rdp1", ""},
    "SWD broken, BOOT0 by hand": {"swj_off", "blinky", "rdp1"},
}

OPENOCD = {
    "NRST wired": {"swj_off_10ms", "sleep", "blinky"},
    "NRST not wired": {"swj_off"},
    "slow NRST": set[str](),
}


def quick() -> list[Cell]:
    """Cells that together take every path; `scripts/recovery_table.py` runs them all."""
    chosen = {"NRST wired": None, "NRST not wired": UNWIRED, "slow NRST": SLOW, **BY_ROM}
    cells = [
        cell
        for cell in every_cell()
        if (names := chosen[cell.board]) is None or cell.firmware in names
    ]
    by_openocd = [
        replace(cell, engine=Engine.OPENOCD)
        for cell in cells
        if cell.firmware in OPENOCD.get(cell.board, ())
    ]
    return cells + by_openocd


@pytest.mark.parametrize("cell", quick(), ids=str)
def test_cell(cell: Cell) -> None:
    outcome = play(cell)
    assert (outcome.finding.cause, outcome.finding.proven) == (cell.cause, cell.proven)
    assert bool(outcome.finding.would_prove) != cell.proven
    assert outcome.told == (BY_HAND[cell.board] if cell.by_hand else ())
    assert outcome.blinks
