"""Which erase commands are given, by what the ROM can do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec import structs

from swdflash.chips.chip import Chip
from swdflash.chips.data import chip_named
from swdflash.chips.rom import Quirk
from swdflash.links.uart.an3155 import An3155, CommandSet
from swdflash.links.uart.eraser import EraseCommand, Eraser
from tests.links.uart.stream import Script

SMALL, XL = chip_named("STM32F103C8"), chip_named("STM32F103RG")
ERASE, EXTENDED = CommandSet(0x22, frozenset({0x43})), CommandSet(0x30, frozenset({0x44}))


def said(command: EraseCommand) -> bytes:
    """What is sent after the command itself."""
    heard: list[bytes] = []

    class Heard(Script):
        def write(self, data: bytes) -> None:
            heard.append(data)
            self.answers += b"\x79"

    command.give(An3155(Heard()))
    return b" ".join(heard)


def with_rom(chip: Chip, *quirks: Quirk, pages: int = 0) -> Chip:
    rom = structs.replace(chip.rom, quirks=frozenset(quirks), pages_per_erase=pages)
    return replace(chip, rom=rom)


def test_pages_go_together_as_long_as_progress_is_seen() -> None:
    sectors = SMALL.flash.sectors[2:40]
    commands = list(Eraser(SMALL, ERASE).sectors(sectors, SMALL.flash))
    assert tuple(sector for command in commands for sector in command.sectors) == sectors
    assert len(commands) == 3  # 30 ms a page, half a second a command
    first = len(commands[0].sectors)
    assert said(commands[0])[:4] == b"\x43\xbc " + bytes([first - 1])


def test_a_page_beyond_255_takes_two_bytes() -> None:
    (command,) = Eraser(XL, EXTENDED).sectors(XL.flash.sectors[300:301], XL.flash)
    assert said(command) == b"\x44\xbb \x00\x00\x01\x2c\x2d"


@pytest.mark.parametrize(("quirk", "pages"), [(Quirk.ONE_SECTOR_AN_ERASE, 0), (None, 1)])
def test_a_rom_that_takes_one_gets_one(quirk: Quirk | None, pages: int) -> None:
    chip = with_rom(SMALL, *([quirk] if quirk else []), pages=pages)
    commands = list(Eraser(chip, ERASE).sectors(chip.flash.sectors[:3], chip.flash))
    assert [len(command.sectors) for command in commands] == [1, 1, 1]


def test_all_of_flash_at_once() -> None:
    bank = SMALL.flash.banks[0]
    assert [said(each) for each in Eraser(SMALL, ERASE).bank(bank, SMALL.flash)] == [
        b"\x43\xbc \xff\x00"
    ]
    assert [said(each) for each in Eraser(SMALL, EXTENDED).bank(bank, SMALL.flash)] == [
        b"\x44\xbb \xff\xff\x00"
    ]


def test_a_bank_of_two_at_once_where_there_is_a_code_for_it() -> None:
    first, second = XL.flash.banks
    assert [said(each) for each in Eraser(XL, EXTENDED).bank(first, XL.flash)] == [
        b"\x44\xbb \xff\xfe\x01"
    ]
    assert [said(each) for each in Eraser(XL, EXTENDED).bank(second, XL.flash)] == [
        b"\x44\xbb \xff\xfd\x02"
    ]


def test_a_rom_without_mass_erase_gets_all_pages() -> None:
    chip = with_rom(SMALL, Quirk.NO_MASS_ERASE)
    bank = chip.flash.banks[0]
    commands = list(Eraser(chip, EXTENDED).bank(bank, chip.flash))
    assert sum((command.sectors for command in commands), ()) == bank.sectors
