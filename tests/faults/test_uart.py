"""Writes over UART with bad luck from a seed: done and right, or an error and then both."""

from __future__ import annotations

from pathlib import Path

import pytest

from swdflash.errors import every_error
from tests.faults.uart_luck import luck, run

SEEDS = 200  # scripts/campaign.py --uart 2000


@pytest.mark.parametrize("seed", range(SEEDS))
def test_what_is_done_is_right_and_what_is_not_comes_off_the_second_time(
    seed: int, tmp_path: Path
) -> None:
    ended = run(luck(seed), tmp_path)
    assert ended.right
    assert len(ended.errors) <= 1
    assert set(ended.errors) <= set(every_error())
