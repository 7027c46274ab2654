"""USART1 sends at its rate, onto the wire where its pin is its own."""

from __future__ import annotations

import struct

import pytest

from swdflash.chips.data import chip_named
from swdflash.sim.board import VirtualBoard
from swdflash.sim.bus import Master
from swdflash.sim.cables.serial_adapter import SerialAdapter
from swdflash.sim.chip.nonvolatile import NonVolatile
from swdflash.sim.uart.frames import Parity
from swdflash.sim.wiring import Wiring

SPIN = struct.pack("<2I", 0x2000_1000, 0x0800_0009) + b"\xfe\xe7"
APB2ENR, GPIOA_CRH = 0x4002_1018, 0x4001_0804
SR, DR, BRR, CR1, CR2 = (0x4001_3800 + at for at in (0x00, 0x04, 0x08, 0x0C, 0x10))
UE_TE = 0x2008
TXE, TC = 1 << 7, 1 << 6


@pytest.fixture
def board() -> VirtualBoard:
    chip = chip_named("STM32F103C8")
    nonvolatile = NonVolatile.from_factory(chip, bytes(12))
    nonvolatile.flash[: len(SPIN)] = SPIN
    board = VirtualBoard(chip, nonvolatile, Wiring(serial="0"))
    board.power_on()
    poke(board, APB2ENR, 1 << 14 | 1 << 2)
    poke(board, GPIOA_CRH, 0x4444_44B4)
    poke(board, BRR, 69)  # 8 MHz / 69: 115942
    poke(board, CR1, UE_TE)
    return board


def poke(board: VirtualBoard, address: int, value: int) -> None:
    board.chip.bus.write(address, 4, value, Master.CORE)


def status(board: VirtualBoard) -> int:
    return board.chip.bus.read(SR, 4, Master.CORE) & (TXE | TC)


def adapter(
    board: VirtualBoard, baud: int = 115_200, parity: Parity = Parity.NONE
) -> SerialAdapter:
    line = SerialAdapter(board)
    line.open()
    line.configure(baud, parity)
    return line


def test_what_firmware_sends_is_heard(board: VirtualBoard) -> None:
    line = adapter(board)
    for byte in b"hello":
        poke(board, DR, byte)
        board.spend(0.001)
    assert line.read(10, 0.1) == b"hello"


def test_it_takes_the_time_of_its_rate(board: VirtualBoard) -> None:
    assert status(board) == TXE | TC
    poke(board, DR, ord("a"))
    assert status(board) == TXE
    poke(board, DR, ord("b"))
    assert status(board) == 0
    board.spend(10 * 69 / 8e6 + 1e-6)
    assert status(board) == TXE
    board.spend(10 * 69 / 8e6)
    assert status(board) == TXE | TC


def test_a_full_data_register_is_overwritten(board: VirtualBoard) -> None:
    line = adapter(board)
    for byte in b"abc":
        poke(board, DR, byte)
    assert line.read(10, 0.1) == b"ac"


def test_at_another_rate_it_is_rubbish(board: VirtualBoard) -> None:
    line = adapter(board, 57_600)
    poke(board, DR, ord("a"))
    assert line.read(10, 0.1) != b"a"


@pytest.mark.parametrize(
    ("cr1", "parity"), [(0x1400, Parity.EVEN), (0x1600, Parity.ODD), (0, Parity.NONE)]
)
def test_formats(board: VirtualBoard, cr1: int, parity: Parity) -> None:
    poke(board, CR1, UE_TE | cr1)
    line = adapter(board, parity=parity)
    poke(board, DR, 0xA7)
    assert line.read(10, 0.1) == b"\xa7"


def test_parity_without_m_takes_the_last_data_bit(board: VirtualBoard) -> None:
    poke(board, CR1, UE_TE | 0x400)
    line = adapter(board)
    poke(board, DR, 0x01)
    assert line.read(10, 0.1) == b"\x81"


def test_a_pin_that_is_no_output_of_the_usart_says_nothing(board: VirtualBoard) -> None:
    poke(board, GPIOA_CRH, 0x4444_4434)
    line = adapter(board)
    poke(board, DR, ord("a"))
    assert line.read(10, 0.1) == b""


def test_a_reset_in_the_middle_leaves_the_line_alone(board: VirtualBoard) -> None:
    poke(board, DR, ord("a"))
    poke(board, DR, ord("b"))
    board.press_reset(hold_s=0.001)
    board.spend(0.1)
    poke(board, APB2ENR, 1 << 14)
    assert status(board) == TXE | TC
