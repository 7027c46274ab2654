"""What a chip's boot depends on, family by family, on links that are made of words."""

from __future__ import annotations

import pytest

from swdflash.chips.chip import Chip
from swdflash.chips.data import chip_named
from swdflash.target.boot import BootSource
from swdflash.target.boot_rom import start_rom, takes_swd
from swdflash.target.boot_settings import Setting, SettingKind, read_settings
from swdflash.target.boot_state import possible_ways
from swdflash.target.identify import identify
from tests.fakes.debug_link import FakeDebugLink, link_to

F103, XL = chip_named("STM32F103C8"), chip_named("STM32F103RG")
F405, F072 = chip_named("STM32F405RG"), chip_named("STM32F072RB")
VTOR, PCSR = 0xE000_ED08, 0xE000_101C


def put(link: FakeDebugLink, chip: Chip, register: str, **fields: int) -> None:
    layout = chip.layouts[register]
    value = link.words.get(layout.address, 0)
    for name, content in fields.items():
        value = layout.fields[name].put(value, content)
    link.words[layout.address] = value


def setting(chip: Chip, link: FakeDebugLink, name: str, source: BootSource) -> Setting:
    return next(each for each in read_settings(link, chip, source) if each.name == name)


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize(
    ("chip", "clock", "bit"), [(F103, "RCC_APB2ENR", "IOPBEN"), (F405, "RCC_AHB1ENR", "GPIOBEN")]
)
def test_boot1_is_read_where_its_port_has_a_clock(
    chip: Chip, clock: str, bit: str, level: int
) -> None:
    link = link_to(chip)
    put(link, chip, clock, **{bit: 1})
    put(link, chip, "GPIOB_IDR", IDR2=level)
    if chip is F405:
        put(link, chip, "RCC_APB2ENR")
    found = setting(chip, link, "BOOT1 (PB2)", BootSource.FLASH)
    assert (found.value, found.how) == (level, "now, by GPIOB_IDR.IDR2")
    put(link, chip, clock, **{bit: 0})
    assert setting(chip, link, "BOOT1 (PB2)", BootSource.FLASH).value is None


@pytest.mark.parametrize("nboot1", [0, 1])
def test_an_f0_has_an_option_bit_in_its_place(nboot1: int) -> None:
    link = link_to(F072)
    put(link, F072, "FLASH_OBR", nBOOT1=nboot1)
    put(link, F072, "RCC_APB2ENR", SYSCFGEN=1)
    put(link, F072, "SYSCFG_CFGR1", MEM_MODE=1)
    settings = read_settings(link, F072, BootSource.SYSTEM_MEMORY)
    assert [each.name for each in settings] == ["BOOT0", "nBOOT1", "MEM_MODE"]
    boot0, option, remap = settings
    assert (boot0.value, "unless MEM_MODE was changed" in boot0.how) == (1, True)
    assert (option.value, option.kind) == (nboot1, SettingKind.OPTION_BIT)
    assert (remap.value, remap.how) == (1, "SYSCFG_CFGR1.MEM_MODE")


def test_what_has_no_clock_is_not_read() -> None:
    link = link_to(F072)
    put(link, F072, "RCC_APB2ENR", SYSCFGEN=0)
    found = setting(F072, link, "MEM_MODE", BootSource.FLASH)
    assert found.value is None
    assert "has no clock" in found.how


@pytest.mark.parametrize(("bfb2", "ways"), [(1, [{"BOOT0": 1, "BOOT1": 0}]), (0, [{}])])
def test_option_bits_tell_which_way_it_was(bfb2: int, ways: list[dict[str, int]]) -> None:
    link = link_to(XL)
    put(link, XL, "FLASH_OBR", BFB2=bfb2)
    settings = read_settings(link, XL, BootSource.SYSTEM_MEMORY)
    assert [way.pins for way in possible_ways(XL, settings)] == ways


def rom_vectors(chip: Chip) -> bytes:
    stack, entry = chip.sram[0].start + 0x400, chip.system_memory.start + 0x101
    return stack.to_bytes(4, "little") + entry.to_bytes(4, "little") + bytes(8)


@pytest.mark.parametrize(
    ("chip", "register"), [(F405, "SYSCFG_MEMRMP"), (F072, "SYSCFG_CFGR1")], ids=["F405", "F072"]
)
def test_system_memory_is_shown_at_0_where_that_can_be(chip: Chip, register: str) -> None:
    link = link_to(chip).put(chip.system_memory.start, rom_vectors(chip))
    link.words[PCSR] = chip.system_memory.start + 0x102
    link.words[chip.registers["IWDG_KR"]] = 0
    put(link, chip, "RCC_APB2ENR")
    put(link, chip, register)
    vtor = link.words.get(VTOR)
    before = link.words[chip.registers["RCC_APB2ENR"]]
    started = start_rom(identify(link))
    assert not started.by_pins
    assert chip.layouts[register].fields["MEM_MODE"].of(link.words[chip.registers[register]]) == 1
    assert link.words[chip.registers["RCC_APB2ENR"]] == before
    assert link.words.get(VTOR) == vtor
    assert link.core["pc"] == chip.system_memory.start + 0x100


def test_which_roms_take_a_pin_of_swd() -> None:
    assert takes_swd(F072)  # USART2_TX is PA14, which is SWCLK (AN2606)
    assert not takes_swd(F405)
    assert not takes_swd(F103)
