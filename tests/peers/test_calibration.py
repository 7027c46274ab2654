"""The virtual board's time is believed because OpenOCD takes on it what it took on a real one."""

from __future__ import annotations

from pathlib import Path

from scripts.bench import CALIBRATED_WITHIN, MEASURED_S, calibrate, cycles


def test_openocd_takes_the_time_that_it_took_on_a_real_board(tmp_path: Path) -> None:
    assert (MEASURED_S, CALIBRATED_WITHIN) == ({"write": 4.11, "verify": 2.09}, 0.15)
    for figure in calibrate(tmp_path):
        assert figure.believed, figure
        assert abs(figure.simulated_s - figure.measured_s) <= 0.15 * figure.measured_s


def test_complete_writes_over_openocd_end_well_one_after_the_other(tmp_path: Path) -> None:
    assert cycles(3, tmp_path) == 3
