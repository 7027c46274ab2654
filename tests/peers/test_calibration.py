"""The virtual board's time is believed because OpenOCD takes on it what it took on a real one."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.bench import (
    CALIBRATED_WITHIN,
    MEASURED_S,
    calibrate,
    cycles,
    every_case,
    every_tool,
    run,
)
from swdflash.chips.data import chip_named


def test_openocd_takes_the_time_that_it_took_on_a_real_board(tmp_path: Path) -> None:
    assert (MEASURED_S, CALIBRATED_WITHIN) == ({"write": 4.11, "verify": 2.09}, 0.15)
    for figure in calibrate(tmp_path):
        assert figure.believed, figure
        assert abs(figure.simulated_s - figure.measured_s) <= 0.15 * figure.measured_s


def test_complete_writes_over_openocd_end_well_one_after_the_other(tmp_path: Path) -> None:
    assert cycles(3, tmp_path) == 3


@pytest.mark.parametrize(("job", "share"), [("full write", 1.15), ("unchanged", 0.3)])
def test_swdflash_over_openocd_beside_openocd_alone(job: str, share: float, tmp_path: Path) -> None:
    chip = chip_named("STM32F103C8")
    case = next(case for case in every_case(chip) if case.name == job)
    tools = every_tool(tmp_path)
    runs = {
        name: run(name, tools[name], case, chip, tmp_path)
        for name in ("swdflash, openocd", "openocd, 4 MHz")
    }
    ours, theirs = runs["swdflash, openocd"], runs["openocd, 4 MHz"]
    assert ours.byte_exact
    assert theirs.byte_exact
    assert ours.exit_code == theirs.exit_code == 0
    assert ours.simulated_s <= share * theirs.simulated_s
