from __future__ import annotations

from swdflash.sim.chip.f0 import F0

from .conftest import FamilyBench

Bench = FamilyBench[F0]

RCC, ACR = 0x4002_1000, 0x4002_2000
CR, CFGR, AHBENR, CSR, CFGR2, CR2 = (RCC + at for at in (0, 4, 0x14, 0x24, 0x2C, 0x34))
PLLON, PLLRDY = 1 << 24, 1 << 25
GPIOA_MODER = 0x4800_0000


def test_runs_from_hsi_after_reset(f0: Bench) -> None:
    assert f0.periphery.rcc.hclk_hz == 8_000_000
    assert f0.read(CSR) >> 24 & 8  # PORRSTF


def test_goes_to_48_mhz_by_hsi48(f0: Bench) -> None:
    f0.write(CFGR, 3)
    assert f0.periphery.rcc.hclk_hz == 8_000_000
    f0.write(ACR, 0x11)
    f0.write(CR2, 1 << 16)
    assert f0.read(CR2) >> 17 & 1
    f0.write(CFGR, 3)
    assert f0.read(CFGR) >> 2 & 3 == 3
    assert f0.periphery.rcc.hclk_hz == 48_000_000
    assert f0.log == []


def test_goes_to_48_mhz_by_the_pll(f0: Bench) -> None:
    f0.write(ACR, 0x11)
    f0.write(CFGR, 10 << 18)  # HSI / 2 x 12
    f0.write(CR, 0x83 | PLLON)
    assert f0.read(CR) & PLLRDY
    f0.write(CFGR, 10 << 18 | 2)
    assert f0.periphery.rcc.hclk_hz == 48_000_000
    f0.write(CFGR, 0)
    f0.write(CR, 0x83)
    f0.write(CFGR2, 1)
    f0.write(CFGR, 4 << 18 | 1 << 15)  # HSI / 2 x 6
    f0.write(CR, 0x83 | PLLON)
    f0.write(CFGR, 4 << 18 | 1 << 15 | 2)
    assert f0.periphery.rcc.hclk_hz == 24_000_000


def test_without_a_wait_state_it_is_too_slow(f0: Bench) -> None:
    f0.write(CR2, 1 << 16)
    f0.write(CFGR, 3)
    assert f0.logged("LATENCY 0 is too low for 48000000 Hz")


def test_a_port_without_its_clock_reads_as_0(f0: Bench) -> None:
    assert f0.read(GPIOA_MODER) == 0
    f0.write(AHBENR, f0.read(AHBENR) | 1 << 17)
    assert f0.read(GPIOA_MODER) == 0x2800_0000
