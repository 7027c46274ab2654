from __future__ import annotations

from swdflash.sim.bus import ResetKind
from swdflash.sim.chip.f4 import F4

from .conftest import FamilyBench

Bench = FamilyBench[F4]

RCC, ACR = 0x4002_3800, 0x4002_3C00
CR, PLLCFGR, CFGR, AHB1RSTR, AHB1ENR, CSR = (RCC + at for at in (0, 4, 8, 0x10, 0x30, 0x74))
HSEON, HSERDY, PLLON, PLLRDY = 1 << 16, 1 << 17, 1 << 24, 1 << 25
FROM_12_MHZ = 12 | 336 << 6 | 0 << 16 | 1 << 22 | 7 << 24  # / 12 x 336 / 2
GPIOB_MODER = 0x4002_0400


def test_runs_from_hsi_after_reset(f4: Bench) -> None:
    assert f4.read(CR) & 3 == 3
    assert f4.read(PLLCFGR) == 0x2400_3010
    assert f4.periphery.rcc.hclk_hz == 16_000_000
    assert f4.read(CSR) >> 24 == 0x0E  # PORRSTF, PINRSTF, BORRSTF


def test_goes_to_168_mhz_as_everybody_does_it(f4: Bench) -> None:
    f4.write(CR, 0x83 | HSEON)
    assert f4.read(CR) & HSERDY
    f4.write(PLLCFGR, FROM_12_MHZ)
    f4.write(CFGR, 5 << 10 | 4 << 13)  # APB1 / 4, APB2 / 2
    f4.write(CR, 0x83 | HSEON | PLLON)
    assert f4.read(CR) & PLLRDY
    f4.write(ACR, 0x705)
    f4.write(CFGR, 5 << 10 | 4 << 13 | 2)
    assert f4.read(CFGR) >> 2 & 3 == 2
    assert f4.periphery.rcc.hclk_hz == 168_000_000
    assert f4.periphery.rcc.pclk1_hz == 42_000_000
    assert f4.periphery.rcc.pclk2_hz == 84_000_000
    assert f4.log == []


def test_flash_without_wait_states_is_too_slow_for_it(f4: Bench) -> None:
    f4.write(CR, 0x83 | HSEON)
    f4.write(PLLCFGR, FROM_12_MHZ)
    f4.write(CR, 0x83 | HSEON | PLLON)
    f4.write(CFGR, 2)
    assert f4.logged("LATENCY 0 is too low for 168000000 Hz")


def test_hse_is_never_ready_without_a_crystal(f4: Bench) -> None:
    f4.periphery.rcc.hse_hz = None
    f4.write(CR, 0x83 | HSEON)
    assert not f4.read(CR) & HSERDY
    f4.write(CFGR, 1)
    assert f4.read(CFGR) >> 2 & 3 == 0


def test_a_port_is_clocked_and_reset_by_its_bits(f4: Bench) -> None:
    f4.write(GPIOB_MODER, 1)
    assert f4.read(GPIOB_MODER) == 0
    f4.write(AHB1ENR, 2)
    f4.write(GPIOB_MODER, 1)
    assert f4.read(GPIOB_MODER) == 1
    f4.write(AHB1RSTR, 2)
    f4.write(AHB1RSTR, 0)
    assert f4.read(GPIOB_MODER) == 0x280


def test_causes_of_reset_are_collected_until_rmvf(f4: Bench) -> None:
    f4.periphery.reset(ResetKind.IWDG)
    assert f4.read(CSR) >> 29 & 1
    assert f4.read(CSR) >> 27 & 1
    f4.write(CSR, 1 << 24)
    assert f4.read(CSR) >> 24 == 0
