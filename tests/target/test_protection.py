from __future__ import annotations

import pytest

from swdflash.chips.chip import Chip
from swdflash.chips.data import chip_named
from swdflash.errors import Exit
from swdflash.memory import Span
from swdflash.target.errors import PagesWriteProtected, ReadProtected
from swdflash.target.protection import Protection, read_protection
from tests.fakes.debug_link import link_to

FLASH_OBR, FLASH_WRPR = 0x4002_201C, 0x4002_2020
RDPRT = 1 << 1


def protection_of(
    name: str, wrpr: int = 0xFFFF_FFFF, obr: int = 0x03FF_FFFC
) -> tuple[Chip, Protection]:
    chip = chip_named(name)
    link = link_to(chip)
    link.words |= {FLASH_WRPR: wrpr, FLASH_OBR: obr}
    return chip, read_protection(link, chip)


def test_a_fresh_chip_is_not_protected() -> None:
    chip, protection = protection_of("STM32F103C8")
    assert not protection.read_protected
    assert protection.write_protected == ()
    protection.permit_changing(chip, chip.flash.sectors)


@pytest.mark.parametrize(
    ("name", "bit", "start", "size"),
    [
        ("STM32F103C8", 0, 0x0800_0000, 4096),  # 4 pages of 1 KiB
        ("STM32F103CB", 31, 0x0801_F000, 4096),
        ("STM32F103RC", 1, 0x0800_1000, 4096),  # 2 pages of 2 KiB
        ("STM32F100RC", 1, 0x0800_1000, 4096),  # so ST's HAL; OpenOCD has 4 pages here
        ("STM32F105RB", 31, 0x0801_F000, 2 * 2048),  # 62 to 63 of 64 pages
        ("STM32F103RE", 31, 0x0801_F000, 512 * 1024 - 62 * 2048),  # page 62 and all above
        ("STM32F103RG", 31, 0x0801_F000, 1024 * 1024 - 62 * 2048),
    ],
)
def test_a_zero_in_wrpr_protects_its_pages(name: str, bit: int, start: int, size: int) -> None:
    chip, protection = protection_of(name, wrpr=0xFFFF_FFFF & ~(1 << bit))
    assert protection.write_protected == (Span(start, size),)
    with pytest.raises(PagesWriteProtected) as caught:
        protection.permit_changing(chip, chip.flash.sectors)
    assert caught.value.start == start
    assert caught.value.exit is Exit.PROTECTED


def test_neighbours_are_joined_and_the_rest_may_be_changed() -> None:
    chip, protection = protection_of("STM32F103C8", wrpr=0xFFFF_FFF9)
    assert protection.write_protected == (Span(0x0800_1000, 8192),)
    protection.permit_changing(chip, chip.flash.sectors[:4])
    protection.permit_changing(chip, chip.flash.sectors[12:])


def test_bits_beyond_a_small_parts_flash_mean_nothing() -> None:
    _, protection = protection_of("STM32F103C6", wrpr=0x0000_00FF)
    assert protection.write_protected == ()


def test_read_protection_forbids_all_and_protects_the_first_pages() -> None:
    chip, protection = protection_of("STM32F103C8", obr=0x03FF_FFFC | RDPRT)
    assert protection.read_protected
    assert protection.write_protected == (Span(0x0800_0000, 4096),)
    with pytest.raises(ReadProtected):
        protection.permit_reading(chip)
    with pytest.raises(ReadProtected):
        protection.permit_changing(chip, chip.flash.sectors[-1:])
