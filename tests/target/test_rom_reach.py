from __future__ import annotations

from dataclasses import replace

import pytest

from swdflash.api.targets import program_at
from swdflash.chips.data import chip_named
from swdflash.flashing.read import read_memory
from swdflash.memory import Span
from swdflash.target.errors import OutOfRomsReach
from swdflash.target.rom_target import RomTarget
from tests.fakes.flash_model import FlashModel
from tests.fakes.rom_link import FakeRom
from tests.flashing.test_write_by_rom import IDENTITY

C8 = chip_named("STM32F103C8")


class NeverAsked(FakeRom):
    def read(self, address: int, size: int) -> bytes:
        raise AssertionError(f"{address:#x} was sent to the ROM")


@pytest.fixture
def target() -> RomTarget:
    return RomTarget(C8, NeverAsked(FlashModel(C8, b"\xff" * C8.flash.span.size)), IDENTITY)


@pytest.mark.parametrize(
    "span",
    [
        Span(0x4001_0800, 68),
        Span(0x0801_0000 - 4, 8),  # over the end of flash
        Span(0x2000_01FC, 4),  # the ROM's own SRAM
        Span(0x1FFF_F80C, 8),  # over the end of the option bytes
        Span(0xE000_ED00, 4),
    ],
)
def test_bad_addresses_are_not_sent(target: RomTarget, span: Span) -> None:
    with pytest.raises(OutOfRomsReach):
        read_memory(target, span)


def test_nor_is_that_of_a_program(target: RomTarget) -> None:
    with pytest.raises(OutOfRomsReach):
        program_at(target, 0x2000_0000)


@pytest.mark.parametrize("address", [0x2000_0200, 0x1FFF_F000, 0x1FFF_F800])
def test_what_the_rom_gives_is_asked_for(target: RomTarget, address: int) -> None:
    rom = FakeRom(FlashModel(C8, b"\xff" * C8.flash.span.size))
    rom.memory[address] = b"four"
    assert read_memory(replace(target, link=rom), Span(address, 4)) == b"four"
