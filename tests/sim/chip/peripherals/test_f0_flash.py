"""What RM0091 §3 has beside the STM32F1's flash rules."""

from __future__ import annotations

import pytest

from swdflash.sim.bus import BusFault, ResetKind
from swdflash.sim.chip.boot_alias import BootSource
from swdflash.sim.chip.f0 import F0
from swdflash.sim.chip.peripherals.information_block import block_span

from .conftest import FamilyBench, make_f0_bench

Bench = FamilyBench[F0]

KEYR, OPTKEYR, SR, CR, AR = 0x4002_2004, 0x4002_2008, 0x4002_200C, 0x4002_2010, 0x4002_2014
OBR, WRPR = 0x4002_201C, 0x4002_2020
PG, PER, OPTPG, OPTER, STRT, OPTWRE, OBL_LAUNCH = 1, 2, 0x10, 0x20, 0x40, 0x200, 1 << 13
EOP, WRPRTERR = 0x20, 0x10
KEYS = 0x4567_0123, 0xCDEF_89AB
FLASH, OPTIONS = 0x0800_0000, 0x1FFF_F800
RDP, USER, WRP0 = 0, 2, 8  # from there


def unlock(bench: Bench) -> None:
    for register in (KEYR, OPTKEYR):
        for key in KEYS:
            bench.write(register, key)


def write_option(bench: Bench, offset: int, value: int) -> None:
    bench.write(CR, OPTWRE | OPTPG)
    bench.write(OPTIONS + offset, value | (value ^ 0xFF) << 8, 2)
    bench.pass_time(0.1)


def erase_options(bench: Bench) -> None:
    bench.write(CR, OPTWRE | OPTER)
    bench.write(CR, OPTWRE | OPTER | STRT)
    bench.pass_time(0.1)


def set_options(bench: Bench, **values: int) -> None:
    """As the factory would, and load them."""
    order = {"rdp": RDP, "user": USER, "wrp0": WRP0}
    for name, value in values.items():
        at = OPTIONS - block_span(bench.periphery.chip).start + order[name]
        bench.nonvolatile.information_block[at : at + 2] = bytes((value, value ^ 0xFF))
    bench.periphery.reset(ResetKind.POWER_ON)


@pytest.mark.parametrize(("name", "size"), [("STM32F072RB", 2048), ("STM32F072C8", 2048)])
def test_a_page_is_two_kib(name: str, size: int) -> None:
    bench = make_f0_bench(name)
    bench.nonvolatile.flash[: 3 * size] = bytes(3 * size)
    unlock(bench)
    bench.write(CR, PER)
    bench.write(AR, FLASH + size + 4)
    bench.write(CR, PER | STRT)
    bench.pass_time(0.1)
    assert bench.read(SR) == EOP
    assert bench.nonvolatile.flash[: 3 * size] == bytes(size) + b"\xff" * size + bytes(size)


def test_options_count_when_power_comes_or_obl_launch_is_set(f0: Bench) -> None:
    resets: list[ResetKind] = []
    f0.periphery.on_reset = resets.append
    unlock(f0)
    erase_options(f0)
    for offset, value in ((RDP, 0xAA), (WRP0, 0xFE)):
        write_option(f0, offset, value)
    assert f0.read(WRPR) == 0xFFFF_FFFF
    f0.periphery.reset(ResetKind.SYSTEM)
    assert f0.read(WRPR) == 0xFFFF_FFFF
    unlock(f0)
    f0.write(CR, OBL_LAUNCH)
    assert resets == [ResetKind.OPTION_LOAD]
    f0.periphery.reset(ResetKind.OPTION_LOAD)
    assert f0.read(WRPR) == 0xFFFF_FFFE


def test_obl_launch_waits_for_the_keys(f0: Bench) -> None:
    resets: list[ResetKind] = []
    f0.periphery.on_reset = resets.append
    f0.write(CR, OBL_LAUNCH)
    assert resets == []


def test_a_bit_protects_two_pages(f0: Bench) -> None:
    set_options(f0, wrp0=0xFE)
    unlock(f0)
    for page, flags in ((0, WRPRTERR), (1, WRPRTERR), (2, EOP)):
        f0.write(CR, PG)
        f0.write(FLASH + page * 2048, 0, 2)
        f0.pass_time(0.1)
        assert f0.read(SR) == flags
        f0.write(SR, flags)


def test_the_first_pages_are_not_protected_with_level_1(f0: Bench) -> None:
    set_options(f0, rdp=0x00)
    assert f0.read(OBR) >> 1 & 3 == 1
    assert not f0.periphery.options.write_protects(FLASH)
    with pytest.raises(BusFault):
        f0.read(FLASH)


def test_level_2_stays(f0: Bench) -> None:
    set_options(f0, rdp=0xCC)
    assert f0.read(OBR) >> 1 & 3 == 3
    unlock(f0)
    erase_options(f0)
    write_option(f0, RDP, 0xAA)
    f0.periphery.reset(ResetKind.POWER_ON)
    assert f0.periphery.options.level_2
    assert f0.logged("level 2 cannot be changed")


def test_nboot1_chooses_between_the_rom_and_sram(f0: Bench) -> None:
    source = f0.periphery.boot_source
    assert source(0, 0) is BootSource.FLASH
    assert source(1, 0) is BootSource.SYSTEM_MEMORY
    set_options(f0, user=0xEF)
    assert source(1, 0) is BootSource.SRAM
    set_options(f0, rdp=0xCC)
    assert source(1, 0) is BootSource.FLASH
