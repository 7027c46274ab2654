from __future__ import annotations

import pytest

from tests.faults.dfu_interruptions import Interruption, storm


@pytest.mark.parametrize("first", range(0, 200, 20))
def test_no_interrupted_transfer_leaves_a_device_stuck(first: int) -> None:
    """More of them: scripts/campaign.py --dfu 10000."""
    interrupted = sum(Interruption(seed).run(3) for seed in range(first, first + 20))
    assert interrupted > 30


@pytest.mark.parametrize("first", range(0, 80, 20))
def test_transfers_that_fail_again_and_again(first: int) -> None:
    through = sum(storm(seed) for seed in range(first, first + 20))
    assert through > 4
