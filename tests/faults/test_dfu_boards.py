"""Writes over USB to virtual boards: done, or a typed error and done by the same command."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.bench import surroundings
from tests.faults.dfu_boards import run


@pytest.mark.parametrize("seed", range(8))
def test_bad_luck_over_usb(seed: int, tmp_path: Path) -> None:
    """More of it: scripts/campaign.py --dfu-boards 200."""
    with surroundings(tmp_path):
        ends = run(seed, tmp_path, strikes=8)
    assert sum(ends.values()) == 8
    assert len(ends) > 1, "not all can go well"
