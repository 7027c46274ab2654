from __future__ import annotations

import pytest

from swdflash.chips.boards import Board, board_named, boards
from swdflash.chips.boot_by_hand import into_rom, option_bits, out_of_rom, wires
from swdflash.chips.boot_patterns import boot_patterns
from swdflash.chips.data import chip_named, known_chips
from swdflash.chips.rom import Interface

PILL = chip_named("STM32F103C8")


def test_a_board_is_told_by_its_own_names() -> None:
    assert into_rom(PILL, board_named("bluepill")) == (
        "move the jumper BOOT0 to 1",
        "move the jumper BOOT1 to 0",
        "press RESET and let it go",
    )
    assert into_rom(PILL, board_named("nucleo-f103rb"))[:2] == (
        "connect BOOT0 (CN7 pin 7) to 3.3 V",
        "connect BOOT1 (CN10 pin 22) to GND",
    )
    assert out_of_rom(board_named("bluepill")) == (
        "move the jumper BOOT0 to 0",
        "press RESET and let it go",
    )


def test_a_chip_is_told_by_its_pins() -> None:
    steps = into_rom(PILL)
    assert "set BOOT0 to 1" in steps[0]
    assert "set BOOT1 (PB2) to 0" in steps[1]
    assert "RESET" in steps[-1]
    assert "power" in steps[-1]


def test_an_xl_density_part_needs_an_option_bit_too() -> None:
    assert "the option bit BFB2 must be 1" in into_rom(chip_named("STM32F103RG"))


def test_an_unknown_chip_is_told_what_holds_for_most() -> None:
    boot0, boot1, _ = into_rom(None)
    assert "BOOT0 to 1" in boot0
    assert "where the chip has that pin" in boot1


@pytest.mark.parametrize("board", boards(), ids=lambda board: board.name)
def test_every_board_can_be_told(board: Board) -> None:
    *_, last = into_rom(board.make_chip(), board)
    assert "RESET" in last or "power" in last
    assert "BOOT0" in into_rom(board.make_chip(), board)[0]


def test_wires_are_crossed() -> None:
    assert wires(PILL.rom.interfaces[0]) == (
        "serial adapter: its RX to PA9, its TX to PA10, GND to GND"
    )
    usb = Interface(bus="USB DFU", pins={"DM": "PA11", "DP": "PA12"})
    assert wires(usb) == "USB: D- at PA11, D+ at PA12"
    can = Interface(bus="CAN2", pins={"RX": "PB5", "TX": "PB6"})
    assert wires(can) == "CAN2: RX PB5, TX PB6"


def test_option_bits_alone_bring_none_of_these_chips_into_its_rom() -> None:
    """Those of AN2606's pattern 6 could; swdflash would say which, and write none."""
    assert {option_bits(chip) for chip in known_chips()} == {()}
    (bits,) = (way for way in boot_patterns()[6].ways if not way.pins and not way.flash)
    assert bits.words() == "option bits BOOT_SEL = 0, nBOOT0 = 0 and nBOOT1 = 1"
