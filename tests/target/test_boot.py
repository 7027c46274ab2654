"""Into the ROM bootloader and out of it over SWD; what came of it is asked of the board."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from swdflash.chips.boards import Board, boards
from swdflash.chips.data import chip_named
from swdflash.links.engine import Engine
from swdflash.sim.board import VirtualBoard
from swdflash.sim.bus import Master
from swdflash.sim.chip.registers import Reg
from swdflash.sim.store import Store
from swdflash.target.boot import BootSource
from swdflash.target.boot_errors import NoRomVectors, RomNotStarted, StillInRom
from swdflash.target.boot_flash import boot_flash_over_debug
from swdflash.target.boot_rom import read_rom_vectors, start_rom, takes_swd
from swdflash.target.boot_settings import SettingKind
from swdflash.target.boot_state import BootState, read_boot_state
from swdflash.target.identify import identify
from swdflash.target.presence import OnConnect, Presence
from swdflash.target.running import Region, where_it_runs
from swdflash.target.target import Target
from tests.fakes.board_link import new_board
from tests.fakes.debug_link import link_to
from tests.recovery.scene import Scene, make_board, on_bench

CHIP = chip_named("STM32F103C8")
VTOR, DEMCR, DBGMCU_CR = 0xE000_ED08, 0xE000_EDFC, 0xE004_2004
PCSR, IWDG_KR = 0xE000_101C, 0x4000_3000
ROM_VECTORS = bytes.fromhex("00020020 01f1ff1f 00000000 00000000")  # SP and reset
engines = pytest.mark.parametrize("engine", [Engine.PYOCD, Engine.OPENOCD])


@contextmanager
def reach(board: VirtualBoard, engine: Engine = Engine.PYOCD) -> Iterator[Target]:
    """The chip of a board that is switched on for it."""
    with on_bench(board, engine) as scene, attached(scene) as target:
        yield target


@contextmanager
def attached(scene: Scene) -> Iterator[Target]:
    """The chip, attached to as every command does it."""
    with scene.way.open() as link:
        found = identify(link)
        presence = Presence(link, found.chip, OnConnect.RESTORE)
        presence.begin()
        target = Target(found.chip, link, found.identity, presence)
        yield target
        presence.leave()


def seen_by_the_board(board: VirtualBoard, address: int) -> int:
    return board.chip.bus.read(address, 4, Master.DEBUG)


def runs_its_rom(board: VirtualBoard) -> bool:
    """As the board itself knows it, half a second later: no watchdog has ended it."""
    board.spend(0.5)
    return board.chip.rom.listening


@engines
@pytest.mark.parametrize("firmware", ["blinky", "iwdg_loop", "lockup", ""])
def test_the_rom_runs_and_nobody_debugs_it(firmware: str, engine: Engine) -> None:
    board = make_board(firmware)
    with reach(board, engine) as target:
        started = start_rom(target)
    assert not started.by_pins
    assert started.running is not None
    assert started.running.region is Region.SYSTEM_MEMORY
    assert runs_its_rom(board)
    core = board.chip.core
    assert not core.halting.enabled
    assert seen_by_the_board(board, DEMCR) & ~(1 << 24) == 0  # TRCENA may be the engine's
    assert seen_by_the_board(board, DBGMCU_CR) == 0
    assert core.get(Reg.MSP) == CHIP.sram[0].start + CHIP.rom.ram.bytes
    assert (core.get(Reg.PRIMASK), core.get(Reg.CONTROL)) == (0, 0)
    assert seen_by_the_board(board, 0xE000_E100) == 0  # NVIC_ISER0: no interrupt is enabled


def test_pins_that_choose_the_rom_are_enough() -> None:
    board = make_board("blinky", boot0=1)
    with reach(board) as target:
        assert start_rom(target).by_pins
    assert runs_its_rom(board)


def test_exceptions_of_the_rom_are_not_the_programs() -> None:
    """F1 cannot show system memory at 0; VTOR is where they look (RM0008 §3.4)."""
    link = link_to(CHIP).put(CHIP.system_memory.start, ROM_VECTORS)
    link.words[PCSR] = CHIP.system_memory.start + 0x100
    link.words[IWDG_KR] = 0
    started = start_rom(identify(link))
    assert started.running is not None
    assert link.words[VTOR] == CHIP.system_memory.start
    assert link.words[IWDG_KR] == 0xAAAA
    assert (link.core["sp"], link.core["pc"]) == (0x2000_0200, 0x1FFF_F100)


def test_a_core_that_does_not_stay_is_told_of() -> None:
    link = link_to(CHIP).put(CHIP.system_memory.start, ROM_VECTORS)
    link.words[PCSR] = CHIP.flash.start + 0x100
    link.words[IWDG_KR] = 0
    with pytest.raises(RomNotStarted, match="running at 0x08000100"):
        start_rom(identify(link))


def test_a_watchdog_that_an_option_byte_starts_is_looked_after() -> None:
    board, kept = new_board(CHIP)
    user = CHIP.option_byte_at["USER"] - CHIP.system_memory.start
    kept.information_block[user : user + 2] = (
        b"\xfe\x01"  # WDG_SW = 0, and the complement (PM0075 §2.5)
    )
    with reach(board) as target:
        start_rom(target)
    board.spend(30)
    assert board.chip.rom.listening
    assert board.chip.rom.starts == 1


@engines
def test_and_back(engine: Engine) -> None:
    board = make_board("blinky")
    with on_bench(board, engine) as scene:
        with attached(scene) as target:
            start_rom(target)
        with attached(scene) as target:
            before = read_boot_state(target)
            after = boot_flash_over_debug(target)
    assert before.in_rom
    assert any("has started it" in why for why in before.why)
    assert after is not None
    assert (after.boot.source, after.in_rom) == (BootSource.FLASH, False)
    board.spend(0.1)
    assert board.chip.core.get(Reg.PC) in CHIP.flash.span
    assert not board.chip.core.halting.enabled


@pytest.mark.parametrize("board", boards(), ids=lambda board: board.name)
def test_every_board_goes_there_and_back(
    board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWDFLASH_STATE_DIR", str(tmp_path))
    with Store().open(board.name) as kept:
        virtual = VirtualBoard.of(kept)
        with on_bench(virtual) as scene:
            with attached(scene) as target:
                start_rom(target)
            assert runs_its_rom(virtual)
            with attached(scene) as target:
                assert read_boot_state(target).in_rom
                state = boot_flash_over_debug(target)
            assert state is not None
            assert state.boot.empty
            assert not virtual.chip.rom.running


def test_pins_that_choose_the_rom_are_told_of() -> None:
    board = make_board("blinky", boot0=1)
    with reach(board) as target, pytest.raises(StillInRom, match="0x1ffff000"):
        boot_flash_over_debug(target)
    assert runs_its_rom(board)


def test_a_program_that_cuts_swd_is_no_rom() -> None:
    board = make_board("swj_off", boot0=1)
    with reach(board) as target:
        board.set_boot0(0)
        assert boot_flash_over_debug(target) is None
    assert not board.chip.swd_alive


def state_of(firmware: str, **wiring: int) -> BootState:
    with reach(make_board(firmware, **wiring)) as target:
        return read_boot_state(target)


def test_why_it_boots_flash() -> None:
    state = state_of("blinky")
    boot0, boot1 = state.settings
    assert (boot0.name, boot0.value, boot0.kind) == ("BOOT0", 0, SettingKind.PIN)
    assert (boot1.name, boot1.value) == ("BOOT1 (PB2)", None)
    assert "IOPBEN is 0" in boot1.how
    assert state.why == ("flash is booted by BOOT0 = 0",)
    assert state.running.region is Region.FLASH


def test_why_it_boots_the_rom() -> None:
    state = state_of("blinky", boot0=1)
    assert state.settings[0].value == 1
    assert state.why == ("system memory is booted by BOOT0 = 1 and BOOT1 (PB2) = 0",)
    assert state.in_rom
    assert state.boot.vtor == 0


def test_why_it_boots_sram() -> None:
    state = state_of("blinky", boot0=1, boot1=1)
    assert state.why[0] == "sram is booted by BOOT0 = 1 and BOOT1 = 1"
    assert not state.in_rom


def test_an_empty_flash_is_named() -> None:
    state = state_of("")
    assert state.boot.empty
    assert any("flash holds no program" in why for why in state.why)


def test_looking_changes_nothing() -> None:
    board = make_board("blinky")
    with reach(board) as target:
        before = seen_by_the_board(board, DEMCR), seen_by_the_board(board, DBGMCU_CR)
        read_boot_state(target)
        assert (seen_by_the_board(board, DEMCR), seen_by_the_board(board, DBGMCU_CR)) == before
    assert not board.chip.core.halting.enabled


def test_a_halted_core_tells_its_pc() -> None:
    with reach(make_board("blinky")) as target:
        target.link.halt()
        running = where_it_runs(target.link, target.chip)
        assert (running.halted, running.region) == (True, Region.FLASH)
        target.link.resume()


def test_what_is_no_vector_table_starts_no_rom() -> None:
    link = link_to(CHIP).put(CHIP.system_memory.start, b"\xff" * 16)
    with pytest.raises(NoRomVectors, match="0xffffffff"):
        read_rom_vectors(link, CHIP)


def test_no_rom_of_an_f1_takes_the_pins_of_swd() -> None:
    assert not takes_swd(CHIP)
