"""What the bootloader of an STM32F405 does to its memory, asked of the memory itself."""

from collections.abc import Callable, Iterator

import pytest

from swdflash.chips.data import chip_named
from swdflash.memory import Span
from swdflash.sim.board import VirtualBoard
from swdflash.sim.chip.f4 import F4
from swdflash.sim.chip.nonvolatile import NonVolatile
from swdflash.sim.chip.rom.machine import RomStopped
from swdflash.sim.chip.rom.memory import NotAllowed, RomMemory
from swdflash.sim.wiring import Wiring
from tests.firmware.boards import segments

FLASH, RAM, OPTIONS, VOLTAGE = 0x0800_0000, 0x2000_0000, 0x1FFF_C000, 0xFFFF_0000
KIB, MIB = 1024, 1024 * 1024
UID = bytes(range(12))


@pytest.fixture
def board() -> Iterator[VirtualBoard]:
    chip = chip_named("STM32F405RG")
    nonvolatile = NonVolatile.from_factory(chip, UID)
    wiring = Wiring(serial="0" * 24, boot0=1, hse_hz=12_000_000)
    board = VirtualBoard(chip, nonvolatile, wiring)
    board.power_on()
    board.spend(0.01)
    yield board
    board.power_off()
    nonvolatile.close()


@pytest.fixture
def memory(board: VirtualBoard) -> RomMemory:
    return board.chip.rom.memory


def f4(board: VirtualBoard) -> F4:
    periphery = board.chip.periphery
    assert isinstance(periphery, F4)
    return periphery


def flash(board: VirtualBoard, at: int, size: int) -> bytes:
    return bytes(f4(board).flash.buffer[at : at + size])


def taken(board: VirtualBoard, act: Callable[[], object]) -> float:
    before = board.clock.now
    act()
    return board.clock.now - before


def then_resets(board: VirtualBoard, act: Callable[[], object]) -> None:
    before = board.chip.rom.starts
    with pytest.raises(RomStopped):
        act()
    board.spend(0.01)
    assert board.chip.rom.starts == before + 1


def test_it_programs_by_the_byte_until_it_is_told_the_supply(
    board: VirtualBoard, memory: RomMemory
) -> None:
    data = bytes(range(256))
    for supply, units in ((None, 256), (1, 128), (2, 128), (3, 64)):
        if supply is not None:
            memory.write(VOLTAGE, bytes([supply]))
        at = 1024 * (supply or 0)
        seconds = taken(board, lambda at=at: memory.write(FLASH + at, data))  # type: ignore[misc]
        assert units * 16e-6 < seconds < units * 18e-6  # DS8626 table 39, and the ROM's code
        assert flash(board, at, 256) == data


def test_it_erases_in_the_time_of_the_supply_too(board: VirtualBoard, memory: RomMemory) -> None:
    f4(board).flash.buffer[:MIB] = bytes(MIB)
    assert 1.99 < taken(board, lambda: memory.erase([11])) < 2.01
    memory.write(VOLTAGE, b"\x03")
    assert 0.99 < taken(board, lambda: memory.erase([10])) < 1.01
    assert 0.249 < taken(board, lambda: memory.erase([0])) < 0.26
    assert flash(board, 0, MIB).count(0xFF) == 272 * KIB
    assert 7.99 < taken(board, memory.mass_erase) < 8.01
    assert flash(board, 0, MIB) == b"\xff" * MIB


def test_the_supply_is_forgotten_at_the_next_start(board: VirtualBoard, memory: RomMemory) -> None:
    memory.write(VOLTAGE, b"\x03")
    assert memory.read(VOLTAGE, 1) == b"\x03"
    board.power_cycle()
    board.spend(1)
    assert board.chip.rom.memory.read(VOLTAGE, 1) == b"\x00"


def test_what_lies_before_the_uid_leads_to_it(memory: RomMemory) -> None:
    for address in (0x1FFF_7A10, 0x1FFF_7A22):
        with pytest.raises(NotAllowed):
            memory.read(address, 4)
    around = memory.read(0x1FFF_7A00, 0x24)
    assert around[0x10:0x1C] == UID
    assert around[0x22:] == (1024).to_bytes(2, "little")


def test_its_own_sram_is_out_of_bounds(memory: RomMemory) -> None:
    for address in (RAM, RAM + 0x1FFF, 0x1000_0000, 0x4002_3C00):
        assert not memory.readable(Span(address, 1))
        with pytest.raises(NotAllowed):
            memory.read(address, 1)
    memory.write(RAM + 0x3000, b"abcd")
    assert memory.read(RAM + 0x3000, 4) == b"abcd"


def test_the_version_is_where_an2606_has_it(board: VirtualBoard, memory: RomMemory) -> None:
    assert memory.read(0x1FFF_77DE, 1) == b"\x31"


def test_protected_sectors_stay_without_a_word(board: VirtualBoard, memory: RomMemory) -> None:
    memory.write(FLASH, b"kept")
    then_resets(board, lambda: memory.write_protect([0, 5]))
    assert f4(board).options.word >> 16 == 0xFDE
    memory.erase([0])
    memory.mass_erase()
    assert flash(board, 0, 4) == b"kept"
    then_resets(board, memory.write_unprotect)
    memory.erase([0])
    assert flash(board, 0, 4) == b"\xff" * 4


def test_read_protection_refuses_all_but_its_end(board: VirtualBoard, memory: RomMemory) -> None:
    memory.write(FLASH, b"secret")
    then_resets(board, memory.readout_protect)
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
    assert taken(board, lambda: then_resets(board, memory.readout_unprotect)) > 16
    assert flash(board, 0, 6) == b"\xff" * 6
    assert memory.read(FLASH, 6) == b"\xff" * 6


def test_option_bytes_are_written_from_their_start(board: VirtualBoard, memory: RomMemory) -> None:
    then_resets(board, lambda: memory.write(OPTIONS, b"\xcf\xaa"))
    assert memory.read(OPTIONS, 2) == b"\xdf\xaa"  # bits that are unused read as 1
    assert f4(board).options.word >> 16 == 0xFFF


def test_go_runs_a_program_with_hsi(board: VirtualBoard, memory: RomMemory) -> None:
    for segment in segments("f405_blinky"):
        memory.write(segment.address, segment.data)
    memory.jump(FLASH)
    board.spend(1.1)
    assert not board.chip.rom.running
    assert f4(board).rcc.hclk_hz == 16_000_000
    assert f4(board).ports["C"].edge_count[1] >= 4
    assert f4(board).iwdg.PR == 6
