from __future__ import annotations

import pytest

from .conftest import Bench

TIM2 = 0x4000_0000
CR1, DIER, SR, EGR, CNT, PSC, ARR = (TIM2 + at for at in (0, 0xC, 0x10, 0x14, 0x24, 0x28, 0x2C))


@pytest.fixture
def timer(bench: Bench) -> Bench:
    bench.write(0x4002_101C, 1)
    bench.write(PSC, 7999)  # a tick is 1 ms
    bench.write(ARR, 99)
    return bench


def test_counts_and_updates(timer: Bench) -> None:
    timer.pass_time(1)
    assert timer.read(CNT) == 0
    timer.write(CR1, 1)
    timer.pass_time(0.0425)
    assert timer.read(CNT) == 42
    assert timer.read(SR) == 0
    timer.pass_time(0.06)
    assert timer.read(CNT) == 2
    assert timer.read(SR) == 1
    timer.write(SR, 0)
    assert timer.read(SR) == 0


def test_interrupts_once_a_period_if_enabled(timer: Bench) -> None:
    levels: list[bool] = []
    timer.f1.timers["TIM2"].interrupt = levels.append
    timer.write(CR1, 1)
    timer.pass_time(0.15)
    assert True not in levels
    timer.write(SR, 0)
    timer.write(DIER, 1)
    timer.pass_time(0.1)
    assert levels[-1] is True
    timer.write(SR, 0)
    assert levels[-1] is False


def test_one_pulse_stops_by_itself(timer: Bench) -> None:
    timer.write(CR1, 9)
    timer.pass_time(0.3)
    assert timer.read(CR1) == 8
    assert timer.read(CNT) == 0


def test_software_update_starts_the_count_anew(timer: Bench) -> None:
    timer.write(CR1, 1)
    timer.pass_time(0.0505)
    timer.write(EGR, 1)
    assert timer.read(SR) == 1
    assert timer.read(CNT) == 0
    timer.write(CR1, 5)  # URS: software's update sets no flag
    timer.write(SR, 0)
    timer.write(EGR, 1)
    assert timer.read(SR) == 0
