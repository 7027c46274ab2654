"""AFIO, DBGMCU, the information block, USART."""

from __future__ import annotations

import pytest

from swdflash.sim.bus import Master, ResetKind

from .conftest import UID, Bench, make_bench

APB2ENR, MAPR = 0x4002_1018, 0x4001_0004
IDCODE, DBGMCU_CR = 0xE004_2000, 0xE004_2004


@pytest.mark.parametrize(
    ("cfg", "alive"), [(0, True), (1, True), (2, True), (4, False), (3, True), (7, True)]
)
def test_swj_cfg_decides_about_swd(bench: Bench, cfg: int, alive: bool) -> None:
    bench.write(APB2ENR, 1)
    bench.write(MAPR, cfg << 24)
    assert bench.f1.afio.swd_pins is alive
    bench.f1.reset(ResetKind.SYSTEM)
    assert bench.f1.afio.swd_pins


def test_an_undefined_swj_cfg_changes_nothing(bench: Bench) -> None:
    bench.write(APB2ENR, 1)
    bench.write(MAPR, 4 << 24)
    bench.write(MAPR, 7 << 24)
    assert not bench.f1.afio.swd_pins


def test_read_modify_write_of_mapr_gives_swd_back(bench: Bench) -> None:
    bench.write(APB2ENR, 1)
    bench.write(MAPR, 4 << 24 | 4)
    bench.write(MAPR, bench.read(MAPR) | 1)  # SWJ_CFG is write-only: it reads 0 here
    assert bench.f1.afio.swd_pins
    assert bench.read(MAPR) == 5


def test_idcode_is_for_debuggers(bench: Bench) -> None:
    assert bench.read(IDCODE) == 0x2003_0410
    bench.master = Master.CORE
    assert bench.read(IDCODE) == 0  # ES0340: medium density
    connectivity = make_bench("STM32F105RC")
    connectivity.master = Master.CORE
    assert connectivity.read(IDCODE) & 0xFFF == 0x418


@pytest.mark.parametrize("kind", list(ResetKind))
def test_dbgmcu_cr_is_cleared_by_power_alone(bench: Bench, kind: ResetKind) -> None:
    bench.write(DBGMCU_CR, 0x307)
    bench.f1.reset(kind)
    assert bench.read(DBGMCU_CR) == (0 if kind.of_supply else 0x307)


def test_the_factorys_words(bench: Bench) -> None:
    assert bench.read(0x1FFF_F7E0, 2) == 64
    uid = b"".join(bench.read(0x1FFF_F7E8 + at).to_bytes(4, "little") for at in (0, 4, 8))
    assert uid == UID
    assert bench.read(0x1FFF_F800) == 0x00FF_5AA5
    assert bench.read(0x1FFF_F000) == 0x2000_0200
    assert bench.read(0x1FFF_F004) == 0x1FFF_F009


def test_system_memory_cannot_be_written(bench: Bench) -> None:
    bench.write(0x1FFF_F7E0, 0, 2)
    assert bench.read(0x1FFF_F7E0, 2) == 64
    assert bench.logged("changes nothing")


def test_usart_sends_what_is_written_while_enabled(bench: Bench) -> None:
    bench.write(APB2ENR, 1 << 14)
    usart = 0x4001_3800
    assert bench.read(usart) == 0xC0
    bench.write(usart + 4, ord("x"))
    bench.write(usart + 0xC, 0x2008)
    for letter in b"hi":
        bench.write(usart + 4, letter)
    assert bench.f1.usarts["USART1"].sent == b"hi"


def test_pwr_remembers_standby(bench: Bench) -> None:
    bench.write(0x4002_101C, 1 << 28)
    bench.f1.pwr.left_standby()
    assert bench.read(0x4000_7004) == 2
    bench.write(0x4000_7000, 8)  # CSBF
    assert bench.read(0x4000_7004) == 0
