"""What the bootloader of an STM32F072 does otherwise than an STM32F1's."""

from collections.abc import Callable, Iterator

import pytest

from swdflash.chips.data import chip_named
from swdflash.sim.board import VirtualBoard
from swdflash.sim.chip.f0 import F0
from swdflash.sim.chip.nonvolatile import NonVolatile
from swdflash.sim.chip.rom.machine import RomStopped
from swdflash.sim.chip.rom.memory import NotAllowed, RomMemory
from swdflash.sim.wiring import Wiring
from tests.firmware.boards import segments

FLASH, RAM, OPTIONS = 0x0800_0000, 0x2000_0000, 0x1FFF_F800
UID = bytes(range(12))


@pytest.fixture
def board() -> Iterator[VirtualBoard]:
    chip = chip_named("STM32F072RB")
    nonvolatile = NonVolatile.from_factory(chip, UID)
    board = VirtualBoard(chip, nonvolatile, Wiring(serial="0" * 24, boot0=1))
    board.power_on()
    board.spend(0.01)
    yield board
    board.power_off()
    nonvolatile.close()


@pytest.fixture
def memory(board: VirtualBoard) -> RomMemory:
    return board.chip.rom.memory


def f0(board: VirtualBoard) -> F0:
    periphery = board.chip.periphery
    assert isinstance(periphery, F0)
    return periphery


def flash(board: VirtualBoard, at: int, size: int) -> bytes:
    return bytes(f0(board).flash.buffer[at : at + size])


def then_resets(board: VirtualBoard, act: Callable[[], object]) -> None:
    before = board.chip.rom.starts
    with pytest.raises(RomStopped):
        act()
    board.spend(0.01)
    assert board.chip.rom.starts == before + 1


def test_it_runs_from_hsi48_without_a_crystal(board: VirtualBoard) -> None:
    assert f0(board).rcc.hse_hz is None or not f0(board).rcc.CR >> 16 & 1
    assert f0(board).rcc.hclk_hz == 48_000_000


def test_a_page_is_programmed_and_erased(board: VirtualBoard, memory: RomMemory) -> None:
    data = bytes(range(256))
    before = board.clock.now
    memory.write(FLASH + 2048, data)
    assert 128 * 53.5e-6 < board.clock.now - before < 128 * 60e-6  # DS9826 table 44
    assert flash(board, 2048, 256) == data
    memory.erase([1])
    assert flash(board, 2048, 256) == b"\xff" * 256


def test_uid_size_and_version_can_be_read(memory: RomMemory) -> None:
    assert memory.read(0x1FFF_F7AC, 12) == UID
    assert memory.read(0x1FFF_F7CC, 2) == (128).to_bytes(2, "little")
    assert memory.read(0x1FFF_F6A6, 1) == b"\xa1"


def test_write_protection_counts_at_once_for_options_are_loaded(
    board: VirtualBoard, memory: RomMemory
) -> None:
    memory.write(FLASH, b"kept")
    then_resets(board, lambda: memory.write_protect([0]))
    assert f0(board).options.write_protects(FLASH)
    memory.erase([0])
    assert flash(board, 0, 4) == b"kept"
    then_resets(board, memory.write_unprotect)
    memory.erase([0])
    assert flash(board, 0, 4) == b"\xff" * 4


def test_read_protection_goes_with_all_of_flash(board: VirtualBoard, memory: RomMemory) -> None:
    memory.write(FLASH, b"secret")
    then_resets(board, memory.readout_protect)
    with pytest.raises(NotAllowed):
        memory.read(FLASH, 4)
    assert flash(board, 0, 6) == b"secret"
    then_resets(board, memory.readout_unprotect)
    assert memory.read(FLASH, 6) == b"\xff" * 6
    assert flash(board, 0, 6) == b"\xff" * 6


def test_go_runs_a_program_with_hsi(board: VirtualBoard, memory: RomMemory) -> None:
    for segment in segments("f072_blinky"):
        padded = segment.data + b"\xff" * (len(segment.data) % 2)
        memory.write(segment.address, padded)
    memory.jump(FLASH)
    board.spend(1.1)
    assert not board.chip.rom.running
    assert f0(board).rcc.hclk_hz == 8_000_000
    assert f0(board).ports["C"].edge_count[6] >= 4
