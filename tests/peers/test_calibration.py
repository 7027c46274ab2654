"""The virtual board's time is believed because OpenOCD takes on it what it took on a real one."""

from __future__ import annotations

from pathlib import Path

from scripts.bench import (
    CALIBRATED_WITHIN,
    MEASURED_S,
    Case,
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


def test_swdflash_over_openocd_beside_openocd_alone(tmp_path: Path) -> None:
    """OpenOCD alone takes the same time for an unchanged image: it erases and writes it again."""
    chip = chip_named("STM32F103C8")
    full, unchanged = every_case(chip)[:2]
    tools = every_tool(tmp_path)

    def timed(tool: str, case: Case) -> float:
        done = run(tool, tools[tool], case, chip, tmp_path)
        assert done.exit_code == 0
        assert done.byte_exact
        return done.simulated_s

    theirs = timed("openocd, 4 MHz", unchanged)
    assert timed("swdflash, openocd", full) <= 1.15 * theirs
    assert timed("swdflash, openocd", unchanged) <= 0.3 * theirs
