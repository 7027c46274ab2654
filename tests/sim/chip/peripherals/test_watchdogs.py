from __future__ import annotations

import pytest

from swdflash.sim.bus import ResetKind

from .conftest import Bench

IWDG, WWDG = 0x4000_3000, 0x4000_2C00
KR, PR, RLR = IWDG, IWDG + 4, IWDG + 8


@pytest.fixture
def resets(bench: Bench) -> list[ResetKind]:
    """The resets that the watchdogs ask for; they are carried out, too."""
    seen: list[ResetKind] = []

    def reset(kind: ResetKind) -> None:
        seen.append(kind)
        bench.f1.reset(kind)

    bench.f1.on_reset = reset
    return seen


def set_up(bench: Bench, prescaler: int, reload: int) -> None:
    bench.write(KR, 0x5555)
    bench.write(PR, prescaler)
    bench.write(RLR, reload)


def test_never_runs_unless_started(bench: Bench, resets: list[ResetKind]) -> None:
    bench.pass_time(100)
    assert resets == []


def test_registers_need_their_key(bench: Bench) -> None:
    bench.write(PR, 3)
    bench.write(RLR, 3)
    assert (bench.read(PR), bench.read(RLR)) == (0, 0xFFF)
    set_up(bench, 3, 3)
    assert (bench.read(PR), bench.read(RLR)) == (3, 3)
    bench.write(KR, 0xAAAA)
    bench.write(PR, 0)
    assert bench.read(PR) == 3
    assert bench.logged("write-protected")


def test_resets_when_it_is_not_fed(bench: Bench, resets: list[ResetKind]) -> None:
    set_up(bench, 6, 624)  # 256 x 625 / 40 kHz: 4 s
    bench.write(KR, 0xCCCC)
    for _ in range(3):
        bench.pass_time(3.9)
        bench.write(KR, 0xAAAA)
    assert resets == []
    bench.pass_time(4.1)
    assert resets == [ResetKind.IWDG]
    bench.pass_time(100)
    assert resets == [ResetKind.IWDG]


def test_runs_from_reset_on_by_option_byte(bench: Bench, resets: list[ResetKind]) -> None:
    bench.nonvolatile.information_block[0x802:0x804] = b"\xfe\x01"
    bench.f1.reset(ResetKind.POWER_ON)
    bench.pass_time(0.41)
    assert resets == [ResetKind.IWDG]
    bench.pass_time(0.41)
    assert resets == [ResetKind.IWDG] * 2


@pytest.mark.parametrize("stop", [0, 0x100])
def test_stands_still_in_debug_if_dbgmcu_says_so(
    bench: Bench, resets: list[ResetKind], stop: int
) -> None:
    bench.f1.core_halted = lambda: True
    bench.write(0xE004_2004, stop)
    bench.write(KR, 0xCCCC)
    bench.pass_time(0.5)
    assert resets == ([] if stop else [ResetKind.IWDG])
    bench.f1.core_halted = lambda: False
    bench.pass_time(0.45)
    assert resets == [ResetKind.IWDG]


def test_window_watchdog_resets_when_t6_falls(bench: Bench, resets: list[ResetKind]) -> None:
    bench.write(0x4002_101C, 1 << 11)
    bench.write(WWDG, 0xFF)
    tick = 4096 / 8e6
    bench.pass_time(63 * tick)
    assert resets == []
    bench.pass_time(1.1 * tick)
    assert resets == [ResetKind.WWDG]


def test_window_watchdog_resets_when_fed_too_early(bench: Bench, resets: list[ResetKind]) -> None:
    bench.write(0x4002_101C, 1 << 11)
    bench.write(WWDG + 4, 0x50)
    bench.write(WWDG, 0xFF)
    bench.write(WWDG, 0xFF)
    bench.pass_time(1e-6)
    assert resets == [ResetKind.WWDG]
