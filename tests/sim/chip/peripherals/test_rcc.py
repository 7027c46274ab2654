from __future__ import annotations

import pytest

from swdflash.sim.bus import BusFault, ResetKind

from .conftest import Bench

RCC = 0x4002_1000
CR, CFGR, APB2RSTR, APB2ENR, CSR = RCC, RCC + 4, RCC + 0xC, RCC + 0x18, RCC + 0x24
HSION, HSIRDY, HSEON, HSERDY, PLLON, PLLRDY = 1, 2, 1 << 16, 1 << 17, 1 << 24, 1 << 25
GPIOC_CRH = 0x4001_1004


def test_runs_from_hsi_after_reset(bench: Bench) -> None:
    assert bench.read(CR) == 0x83
    assert bench.read(CFGR) == 0
    assert bench.f1.rcc.hclk_hz == 8_000_000


def test_goes_to_72_mhz_as_everybody_does_it(bench: Bench) -> None:
    bench.write(0x4002_2000, 0x12)  # two wait states
    bench.write(CR, 0x83 | HSEON)
    assert bench.read(CR) & HSERDY
    bench.write(CFGR, 7 << 18 | 1 << 16 | 4 << 8)  # PLLMUL 9, HSE, PPRE1 / 2
    bench.write(CR, 0x83 | HSEON | PLLON)
    assert bench.read(CR) & PLLRDY
    bench.write(CFGR, 7 << 18 | 1 << 16 | 4 << 8 | 2)
    assert bench.read(CFGR) >> 2 & 3 == 2
    assert bench.f1.rcc.hclk_hz == 72_000_000
    assert bench.f1.rcc.pclk1_hz == 36_000_000
    assert bench.log == []


def test_flash_without_wait_states_is_too_slow_for_pll(bench: Bench) -> None:
    bench.write(CFGR, 4 << 18)  # HSI / 2 x 6
    bench.write(CR, 0x83 | PLLON)
    bench.write(CFGR, 4 << 18 | 2)
    assert bench.log == []  # 24 MHz
    bench.write(CFGR, 5 << 18 | 2)
    assert bench.logged("LATENCY 0 is too low for 28000000 Hz")


def test_more_than_72_mhz_is_noted(bench: Bench) -> None:
    bench.write(CR, 0x83 | HSEON)
    bench.write(CFGR, 8 << 18 | 1 << 16)
    bench.write(CR, 0x83 | HSEON | PLLON)
    bench.write(CFGR, 8 << 18 | 1 << 16 | 2)
    assert bench.logged("72 MHz")


def test_does_not_switch_to_a_clock_that_is_not_ready(bench: Bench) -> None:
    bench.write(CFGR, 2)
    assert bench.read(CFGR) & 0xF == 0


def test_hse_is_never_ready_without_a_crystal(bench: Bench) -> None:
    bench.f1.rcc.hse_hz = None
    bench.write(CR, 0x83 | HSEON)
    assert not bench.read(CR) & HSERDY


def test_the_clock_in_use_cannot_be_turned_off(bench: Bench) -> None:
    bench.write(CR, 0)
    assert bench.read(CR) & (HSION | HSIRDY) == HSION | HSIRDY


@pytest.mark.parametrize(
    ("kind", "flags"),
    [
        (ResetKind.NRST, 1 << 26),
        (ResetKind.SYSTEM, 1 << 28 | 1 << 26),
        (ResetKind.IWDG, 1 << 29 | 1 << 26),
        (ResetKind.WWDG, 1 << 30 | 1 << 26),
        (ResetKind.LOW_POWER, 1 << 31 | 1 << 26),
    ],
)
def test_csr_says_what_reset_the_chip(bench: Bench, kind: ResetKind, flags: int) -> None:
    assert bench.read(CSR) == 0x0C00_0000
    bench.write(CSR, 1 << 24)  # RMVF
    assert bench.read(CSR) == 0
    bench.f1.reset(kind)
    assert bench.read(CSR) == flags


def test_causes_of_resets_add_up(bench: Bench) -> None:
    bench.f1.reset(ResetKind.SYSTEM)
    assert bench.read(CSR) == 1 << 28 | 1 << 27 | 1 << 26


def test_a_peripheral_without_clock_is_dead(bench: Bench) -> None:
    bench.write(GPIOC_CRH, 0x1234_5678)
    assert bench.read(GPIOC_CRH) == 0
    bench.write(APB2ENR, 1 << 4)
    assert bench.read(GPIOC_CRH) == 0x4444_4444
    bench.write(GPIOC_CRH, 0x1234_5678)
    assert bench.read(GPIOC_CRH) == 0x1234_5678


def test_a_peripheral_can_be_reset_alone(bench: Bench) -> None:
    bench.write(APB2ENR, 1 << 4)
    bench.write(GPIOC_CRH, 0)
    bench.write(APB2RSTR, 1 << 4)
    assert bench.read(GPIOC_CRH) == 0x4444_4444


def test_crc_needs_its_clock(bench: Bench) -> None:
    assert bench.read(0x4002_3000) == 0
    bench.write(RCC + 0x14, 1 << 6)
    assert bench.read(0x4002_3000) == 0xFFFF_FFFF


@pytest.mark.parametrize("address", [0x1000_0000, 0x4002_6000, 0x5000_0000, 0x6000_0000])
def test_holes_of_the_map_fault(bench: Bench, address: int) -> None:
    with pytest.raises(BusFault):
        bench.read(address)
    with pytest.raises(BusFault):
        bench.write(address, 0)


@pytest.mark.parametrize("name", ["TIM1", "SPI2", "SPI1", "I2C1", "ADC1", "EXTI", "DMA1", "USART2"])
def test_firmware_may_set_up_what_is_not_simulated(bench: Bench, name: str) -> None:
    base = bench.f1.chip.peripherals[name]
    bench.write(RCC + 0x1C, 0xFFFF_FFFF)
    bench.write(base + 0xC, 0x55)
    assert bench.read(base + 0xC) == 0x55
