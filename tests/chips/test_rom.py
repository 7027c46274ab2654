"""What a ROM bootloader is, in data and in words."""

from __future__ import annotations

from swdflash.chips.boot_patterns import BootWay, boot_patterns
from swdflash.chips.data import chip_named, devices
from swdflash.chips.rom import Quirk
from swdflash.chips.rom_quirks import quirk_words


def test_every_quirk_is_explained() -> None:
    assert set(quirk_words()) == set(Quirk)
    assert len({row.what for row in quirk_words().values()}) == len(Quirk)


def test_patterns_have_a_number_each() -> None:
    assert all(number == pattern.number for number, pattern in boot_patterns().items())
    assert {device.row.rom.pattern for device in devices()} <= set(boot_patterns())


def test_a_pattern_in_words() -> None:
    assert boot_patterns()[1].words() == "BOOT0 = 1 and BOOT1 = 0"
    assert boot_patterns()[1].words({"BOOT1": "PB2"}) == "BOOT0 = 1 and BOOT1 (PB2) = 0"
    assert boot_patterns()[2].words() == "BOOT0 = 1 and option bit nBOOT1 = 1"
    assert boot_patterns()[3].words() == (
        "BOOT0 = 1, BOOT1 = 0 and option bit BFB2 = 1; or "
        "option bit BFB2 = 0 and flash: neither bank begins with a vector table"
    )
    assert BootWay(pins={"BOOT0": 1}).words() == "BOOT0 = 1"
    assert boot_patterns()[3].bits == ("BFB2",)


def test_roms_of_the_f1_as_an2606_has_them() -> None:
    pill, line107 = chip_named("STM32F103C8").rom, chip_named("STM32F107RC").rom
    assert [str(each) for each in pill.interfaces] == ["USART1 (PA9, PA10)"]
    assert [each.bus for each in line107.interfaces] == ["USART1", "USART2", "CAN2", "USB DFU"]
    assert chip_named("STM32F103RG").rom.pattern == 3
    assert chip_named("STM32F100RC").rom.versions == (0x10,)
    assert not pill.listens_on("USB")


def test_what_swdflash_drives_of_a_rom() -> None:
    buses = [each.bus for each in chip_named("STM32F405RG").rom.usable]
    assert buses == ["USART1", "USART3", "USART3", "USB DFU"]


def test_usb_of_an_f4_takes_a_crystal_and_that_of_an_f072_none() -> None:
    (f405,) = chip_named("STM32F405RG").rom.listens_on("USB")
    assert f405.works_with(8_000_000)
    assert f405.works_with(12_000_000)
    assert not f405.works_with(14_745_600)
    assert not f405.works_with(None)
    (f072,) = chip_named("STM32F072RB").rom.listens_on("USB")
    assert f072.works_with(None)


def test_what_a_rom_declares_over_usb_is_the_largest_flash() -> None:
    for name in ("STM32F405RG", "STM32F407VE"):
        dfu = chip_named(name).rom.dfu
        assert dfu is not None
        flash = "@Internal Flash  /0x08000000/04*016Kg,01*064Kg,07*128Kg"
        assert dfu.alternates[0] == flash
