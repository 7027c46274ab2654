"""What the bootloader does to an STM32F1's memory, asked of the memory itself."""

from collections.abc import Callable

import pytest

from swdflash.memory import Span
from swdflash.sim.board import VirtualBoard
from swdflash.sim.bus import Master
from swdflash.sim.chip.peripherals.option_bytes import RDP, WRP0
from swdflash.sim.chip.registers import Reg
from swdflash.sim.chip.rom.machine import RomStopped
from swdflash.sim.chip.rom.memory import NotAllowed, RomMemory

FLASH, RAM, OPTIONS = 0x0800_0000, 0x2000_0000, 0x1FFF_F800


@pytest.fixture
def memory(board: VirtualBoard) -> RomMemory:
    return board.chip.rom.memory


def flash(board: VirtualBoard, at: int, size: int) -> bytes:
    return bytes(board.chip.f1.flash.buffer[at : at + size])


def options(board: VirtualBoard) -> list[int]:
    return [board.chip.bus.read(OPTIONS + 2 * at, 1, Master.CORE) for at in range(8)]


def then_resets(board: VirtualBoard, act: Callable[[], object]) -> None:
    before = board.chip.rom.starts
    with pytest.raises(RomStopped):
        act()
    board.spend(0.01)
    assert board.chip.rom.starts == before + 1


def test_programming_takes_the_chips_time(board: VirtualBoard, memory: RomMemory) -> None:
    before = board.clock.now
    memory.write(FLASH, bytes(range(256)))
    assert flash(board, 0, 256) == bytes(range(256))
    assert 128 * 52.5e-6 < board.clock.now - before < 128 * 60e-6  # DS5319 table 28


def test_what_is_not_erased_stays_without_a_word(board: VirtualBoard, memory: RomMemory) -> None:
    memory.write(FLASH, b"\x12\x34\x56\x78")
    memory.write(FLASH, b"\xaa\xbb\xcc\xdd")
    assert flash(board, 0, 4) == b"\x12\x34\x56\x78"


def test_sectors_are_erased_and_worn(board: VirtualBoard, memory: RomMemory) -> None:
    board.chip.f1.flash.buffer[: 3 * 1024] = bytes(3 * 1024)
    before = board.clock.now
    memory.erase([0, 2])
    assert flash(board, 0, 3 * 1024) == b"\xff" * 1024 + bytes(1024) + b"\xff" * 1024
    assert board.clock.now - before >= 2 * 0.030
    sectors = board.chip.chip.flash.sectors
    assert [board.chip.f1.flash.erase_count(sector) for sector in sectors[:3]] == [1, 0, 1]


def test_protected_pages_stay_without_a_word(board: VirtualBoard, memory: RomMemory) -> None:
    memory.write(FLASH, b"kept")
    then_resets(board, lambda: memory.write_protect([0]))
    assert options(board)[WRP0:] == [0xFE, 0xFF, 0xFF, 0xFF]
    memory.erase([0])
    memory.mass_erase()
    assert flash(board, 0, 4) == b"kept"
    then_resets(board, memory.write_unprotect)
    memory.mass_erase()
    assert flash(board, 0, 4) == b"\xff" * 4


def test_read_protection_refuses_all_but_its_end(board: VirtualBoard, memory: RomMemory) -> None:
    memory.write(FLASH, b"secret")
    then_resets(board, memory.readout_protect)
    assert memory.protected
    assert options(board)[RDP] == 0
    acts: list[Callable[[], object]] = [
        lambda: memory.read(FLASH, 4),
        lambda: memory.write(FLASH, b"1234"),
        lambda: memory.erase([0]),
        memory.mass_erase,
        lambda: memory.jump(FLASH),
        lambda: memory.write_protect([0]),
        memory.write_unprotect,
        memory.readout_protect,
    ]
    for act in acts:
        with pytest.raises(NotAllowed):
            act()
    assert flash(board, 0, 6) == b"secret"
    then_resets(board, memory.readout_unprotect)
    assert memory.read(FLASH, 1) == b"\xff"
    assert flash(board, 0, 6) == b"\xff" * 6
    assert board.chip.f1.ram.buffer[0x1000:0x1010] == bytes(16)


def test_the_roms_own_sram_is_out_of_bounds(memory: RomMemory) -> None:
    for address in (RAM, RAM + 0x1FF, 0x2000_5000, 0x4002_2000):
        assert not memory.readable(Span(address, 1))
        with pytest.raises(NotAllowed):
            memory.read(address, 1)
    memory.write(RAM + 0x200, b"abcd")
    assert memory.read(RAM + 0x200, 4) == b"abcd"
    assert memory.read(0x1FFF_F7E0, 2) == b"\x40\x00"  # F_SIZE: 64 KiB


def test_reading_over_the_end_is_a_hard_fault_that_resets(
    board: VirtualBoard, memory: RomMemory
) -> None:
    then_resets(board, lambda: memory.read(0x2000_4FFC, 8))


def test_option_bytes_are_written_whole(board: VirtualBoard, memory: RomMemory) -> None:
    values = [0xA5, 0xFF, 0x12, 0x34, 0xFF, 0xFE, 0xFF, 0xFF]
    data = bytes(byte for value in values for byte in (value, value ^ 0xFF))
    then_resets(board, lambda: memory.write(OPTIONS, data))
    assert options(board) == values


def test_the_last_word_comes_before_the_reset(board: VirtualBoard, memory: RomMemory) -> None:
    said: list[int] = []
    board.chip.rom.before_restart = lambda: said.append(board.chip.rom.starts)
    then_resets(board, memory.write_unprotect)
    assert said == [1]


def test_the_supply_goes_in_the_middle(board: VirtualBoard, memory: RomMemory) -> None:
    board.chip.f1.flash.buffer[:1024] = bytes(1024)
    board.power_cycle(off_s=1.0, after_s=0.01)  # in the middle of the erase
    with pytest.raises(RomStopped):
        memory.erase([0, 1])
    torn = flash(board, 0, 1024)
    assert torn not in (bytes(1024), b"\xff" * 1024)


def test_go_runs_a_program_with_hsi(board: VirtualBoard, memory: RomMemory) -> None:
    memory.write(RAM + 0x400, bytes.fromhex("00100020 09040020 fee7 0000"))
    memory.jump(RAM + 0x400)
    board.spend(0.001)
    assert not board.chip.rom.running
    assert board.chip.core.get(Reg.PC) == RAM + 0x408
    assert board.chip.f1.rcc.hclk_hz == 8_000_000
    assert board.chip.f1.iwdg.PR == 6
