"""The bootloader on its line: what comes while it is busy, halted, reset or without supply."""

from __future__ import annotations

import pytest

from swdflash.sim.board import VirtualBoard
from swdflash.sim.bus import Master
from swdflash.sim.cables.serial_adapter import SerialAdapter
from swdflash.sim.uart.frames import Format, Parity

ACK, NACK = b"\x79", b"\x1f"
WRITE_4 = (b"\x31\xce", b"\x08\x00\x00\x00\x08", b"\x03abcd\x07")
DHCSR, KEY, C_DEBUGEN, C_HALT = 0xE000_EDF0, 0xA05F_0000, 1, 2


@pytest.fixture
def line(board: VirtualBoard) -> SerialAdapter:
    adapter = SerialAdapter(board)
    adapter.open()
    adapter.configure(115_200, Parity.EVEN)
    return adapter


def ask(line: SerialAdapter, *frames: bytes) -> bytes:
    """Send them one after the other; the last answer."""
    answer = b""
    for frame in frames:
        line.write(frame)
        answer = line.read(64, 0.2)
    return answer


def test_it_synchronises_near_the_hosts_rate(board: VirtualBoard, line: SerialAdapter) -> None:
    assert ask(line, b"\x7f") == ACK
    rom = board.serial.rom
    assert rom is not None
    assert rom.format is not None
    assert rom.format.bit_ps == pytest.approx(Format.at(115_200).bit_ps, rel=0.011)
    assert rom.format.bit_ps != Format.at(115_200).bit_ps


def test_it_works_with_the_worst_rate_that_st_states(
    board: VirtualBoard, line: SerialAdapter
) -> None:
    assert board.serial.rom is not None
    board.serial.rom.worst_rate = True
    assert ask(line, b"\x7f") == ACK
    assert ask(line, *WRITE_4) == ACK
    assert board.chip.f1.flash.buffer[:4] == b"abcd"


def test_what_comes_while_it_erases_is_lost_but_for_one_byte(line: SerialAdapter) -> None:
    assert ask(line, b"\x7f") == ACK
    assert ask(line, b"\x43\xbc") == ACK
    line.write(b"\xff\x00")
    line.write(b"\x02\xfd\x02\xfd")  # while it erases: only the first 0x02 is still there
    assert line.read(64, 0.1) == ACK
    assert ask(line, b"\xfd") == ACK + b"\x01\x04\x10" + ACK


def test_what_comes_before_it_listens_is_not_seen(board: VirtualBoard, line: SerialAdapter) -> None:
    board.press_reset(hold_s=0.01)
    board.spend(0.0102)
    assert ask(line, b"\x7f") == b""
    assert ask(line, b"\x7f") == ACK


def test_a_reset_ends_what_it_is_saying(board: VirtualBoard, line: SerialAdapter) -> None:
    assert ask(line, b"\x7f") == ACK
    assert ask(line, b"\x11\xee", b"\x08\x00\x00\x00\x08") == ACK
    board.press_reset(hold_s=0.01, after_s=0.005)
    line.write(b"\xff\x00")
    said = line.read(300, 0.1)
    assert said[:1] == ACK
    assert 30 < len(said) < 60  # of 257
    assert ask(line, b"\x7f") == ACK


def test_without_supply_it_is_silent(board: VirtualBoard, line: SerialAdapter) -> None:
    assert ask(line, b"\x7f") == ACK
    board.power_off()
    assert ask(line, b"\x02\xfd") == b""
    board.power_on()
    board.spend(0.01)
    assert ask(line, b"\x7f") == ACK


def test_a_debugger_that_halts_the_core_halts_it(board: VirtualBoard, line: SerialAdapter) -> None:
    assert ask(line, b"\x7f") == ACK
    board.chip.bus.write(DHCSR, 4, KEY | C_DEBUGEN | C_HALT, Master.DEBUG)
    assert ask(line, b"\x02\xfd") == b""
    board.chip.bus.write(DHCSR, 4, KEY | C_DEBUGEN, Master.DEBUG)
    assert line.read(5, 0.1) == b"\x79\x01\x04\x10\x79"


def test_the_supply_goes_while_it_programs(board: VirtualBoard, line: SerialAdapter) -> None:
    assert ask(line, b"\x7f") == ACK
    assert ask(line, *WRITE_4[:2]) == ACK
    board.power_cycle(off_s=0.1, after_s=0.0011 + 258 * 11 / 115_200)
    line.write(b"\xff" + bytes(256) + b"\xff")
    assert line.read(1, 0.5) == b""
    assert board.chip.f1.flash.buffer[:4] == bytes(4)
    assert board.chip.f1.flash.buffer[252:256] == b"\xff" * 4
    assert board.chip.rom.starts == 1 + 1
    assert ask(line, b"\x7f") == ACK


def test_option_bytes_are_acknowledged_before_the_reset(
    board: VirtualBoard, line: SerialAdapter
) -> None:
    assert ask(line, b"\x7f") == ACK
    assert ask(line, b"\x82\x7d") == ACK + ACK
    assert board.chip.rom.starts == 2
    assert ask(line, b"\x7f") == ACK
    assert ask(line, b"\x11\xee") == NACK


def test_a_program_of_another_kind_is_told_apart(board: VirtualBoard, line: SerialAdapter) -> None:
    board.set_boot0(0)
    board.press_reset(hold_s=0.01)
    board.spend(0.05)
    assert ask(line, b"\x7f") == b""
