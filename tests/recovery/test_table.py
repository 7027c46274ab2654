"""Each firmware on each board: the right cause, never a wrong one as proven, and the way back."""

from __future__ import annotations

import pytest

from swdflash.recovery.hand import Act
from tests.recovery.cells import LOCKOUTS, Cell, every_cell, play

SLOW = {"swj_off", "stop_wfi", "iwdg_loop", "blinky"}  # with a capacitor at NRST: these will do
UNWIRED = {*LOCKOUTS, "iwdg_loop", "lockup", "blinky", "rdp1"} - {"swj_off_2s"}


def quick() -> list[Cell]:
    """Cells that together take every path; `scripts/recovery_table.py` runs them all."""
    chosen = {"NRST wired": None, "NRST not wired": UNWIRED, "slow NRST": SLOW}
    return [
        cell
        for cell in every_cell()
        if (names := chosen[cell.board]) is None or cell.firmware in names
    ]


@pytest.mark.parametrize("cell", quick(), ids=str)
def test_cell(cell: Cell) -> None:
    outcome = play(cell)
    assert (outcome.finding.cause, outcome.finding.proven) == (cell.cause, cell.proven)
    assert bool(outcome.finding.would_prove) != cell.proven
    assert outcome.told == ((Act.HOLD_RESET, Act.RELEASE_RESET) if cell.by_hand else ())
    assert outcome.blinks
