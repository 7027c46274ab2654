from __future__ import annotations

from dataclasses import replace

import pytest

from swdflash.chips.data import chip_named
from swdflash.links.base import RomAbout
from swdflash.target.errors import AnotherChip, UnknownLayout, UnknownRom
from swdflash.target.identify_rom import identify_rom
from tests.fakes.flash_model import FlashModel
from tests.fakes.rom_link import UART, FakeRom

C8, RE, VCT6 = chip_named("STM32F103C8"), chip_named("STM32F103RE"), chip_named("STM32F107VC")
UID = bytes(range(12))
DFU = RomAbout("AN3156", "1.1a", None, VCT6.flash.sectors, "357536543131", protected=False)


def rom(about: RomAbout = UART, size_kib: int = 64) -> FakeRom:
    found = FakeRom(FlashModel(C8, b"\xff" * C8.flash.span.size), about)
    found.memory[0x1FFF_F7E0] = size_kib.to_bytes(2, "little") + bytes(6) + UID
    return found


def test_by_product_id() -> None:
    target = identify_rom(rom())
    assert target.chip.flash == C8.flash
    assert target.identity.uid == UID.hex()
    assert target.identity.notes == ()
    assert target.identity.told_by == "the product ID 0x410"


def test_its_own_word_on_its_size_counts() -> None:
    assert identify_rom(rom(size_kib=128)).chip.flash == chip_named("STM32F103CB").flash


def test_a_named_size_wins_and_is_noted() -> None:
    target = identify_rom(rom(), chip_name="STM32F103CB")
    assert target.chip.flash.span.size == 128 * 1024
    assert [note.code for note in target.identity.notes] == ["flash-size-overridden"]


def test_another_chip_than_the_named_one() -> None:
    with pytest.raises(AnotherChip):
        identify_rom(rom(), chip_name="STM32F103RE")


def test_a_protected_rom_tells_no_size() -> None:
    target = identify_rom(rom(replace(UART, protected=True)))
    assert target.chip.flash.span.size == 64 * 1024
    assert target.identity.uid == ""
    assert [note.code for note in target.identity.notes] == ["flash-size-unreadable"]


def test_an_unknown_product_id() -> None:
    with pytest.raises(UnknownRom, match="0x7ff"):
        identify_rom(rom(replace(UART, product_id=0x7FF)))


def test_an_unknown_product_id_can_be_vouched_for() -> None:
    target = identify_rom(rom(replace(UART, product_id=0x7FF)), chip_name="STM32F103C8")
    assert target.chip.flash == C8.flash
    assert [note.code for note in target.identity.notes] == ["unknown-dev-id"]


def test_a_known_stm32_that_cannot_be_programmed_is_named() -> None:
    with pytest.raises(UnknownRom, match="STM32L0"):
        identify_rom(rom(replace(UART, product_id=0x447)), chip_name="STM32F103C8")


def test_by_the_flash_that_dfu_declares() -> None:
    target = identify_rom(rom(DFU, size_kib=256))
    assert target.chip.dev_id == 0x418
    assert target.chip.flash == VCT6.flash
    assert "128 sectors" in target.identity.told_by


def test_the_size_register_counts_more_than_what_dfu_declares() -> None:
    target = identify_rom(rom(DFU, size_kib=128))
    assert target.chip.flash == chip_named("STM32F107VB").flash


@pytest.mark.parametrize("size_kib", [0, 0xFFFF])
def test_a_size_register_that_tells_nothing(size_kib: int) -> None:
    assert identify_rom(rom(DFU, size_kib=size_kib)).chip.flash == VCT6.flash


def test_a_layout_that_nobody_has() -> None:
    with pytest.raises(UnknownLayout):
        identify_rom(rom(replace(DFU, sectors=DFU.sectors[:3])))


def test_a_layout_of_another_chip_than_the_named_one() -> None:
    with pytest.raises(AnotherChip):
        identify_rom(rom(DFU), chip_name="STM32F103RE")
