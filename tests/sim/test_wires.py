"""Wires that are slow, shorted, loose or moved by hand."""

from __future__ import annotations

import pytest

from swdflash.sim.adiv5.acks import Ack, SwdError
from swdflash.sim.adiv5.signal import Signal
from swdflash.sim.adiv5.swd_port import SwdPort
from swdflash.sim.board import VirtualBoard
from swdflash.sim.bus import Master
from swdflash.sim.chip.boot_alias import BootSource
from swdflash.sim.probes.swd_master import Access, MemoryFault, SwdMaster
from tests.firmware.boards import board_with, booted

DHCSR, DEMCR, DBGMCU_CR, SRAM = 0xE000_EDF0, 0xE000_EDFC, 0xE004_2004, 0x2000_0000
S_HALT, S_RESET_ST = 1 << 17, 1 << 25
HALT = 0xA05F_0003


def read(board: VirtualBoard, address: int) -> int:
    return board.chip.bus.read(address, 4, Master.DEBUG)


def write(board: VirtualBoard, address: int, value: int) -> None:
    board.chip.bus.write(address, 4, value, Master.DEBUG)


# NRST


def test_the_core_neither_runs_nor_halts_while_nrst_is_low() -> None:
    board = booted("jtag_off")
    board.drive_nrst(low=True)
    write(board, DHCSR, HALT)
    states = []
    for _ in range(3):
        board.spend(1e-3)
        states.append(read(board, DHCSR) & (S_HALT | S_RESET_ST))
    assert states == [S_RESET_ST] * 3
    board.drive_nrst(low=False)
    board.spend(1e-3)
    assert [bool(read(board, DHCSR) & S_RESET_ST) for _ in range(2)] == [True, False]


def test_a_capacitor_at_nrst_delays_the_end_of_reset() -> None:
    """40 kOhm and 10 uF: 0.4 s; 2.0 V of 3.3 V are reached after 0.93 of that."""
    board = board_with("swj_off", nrst_rc_s=0.4)
    board.boot()
    board.drive_nrst(low=True)
    board.drive_nrst(low=False)
    alive = []
    for seconds in (0.36, 0.02):
        board.spend(seconds)
        alive.append(board.chip.swd_alive)
        alive.append(bool(read(board, DHCSR) & S_RESET_ST))
    assert alive == [True, True, False, True]


def test_a_slow_nrst_that_is_pulled_again_starts_over() -> None:
    board = booted("jtag_off", nrst_rc_s=0.1)
    for _ in range(5):
        board.drive_nrst(low=True)
        board.drive_nrst(low=False)
        board.spend(0.08)
        assert board.chip.in_reset
    board.spend(0.02)
    assert not board.chip.in_reset


def test_a_slow_nrst_delays_the_start_too() -> None:
    board = board_with("long_delay", nrst_rc_s=0.1)
    board.power_on()
    board.spend(0.09)
    assert board.chip.in_reset
    board.spend(0.01)
    assert not board.chip.in_reset


def test_an_nrst_tied_to_ground_never_lets_the_core_run() -> None:
    board = booted("swj_off", nrst_shorted=True)
    board.drive_nrst(low=True)
    board.drive_nrst(low=False)
    board.spend(1.0)
    master = SwdMaster(SwdPort(board))
    assert master.connect() == 0x1BA0_1477
    for _ in range(2):
        status = int.from_bytes(master.read_memory(DHCSR, 4, Access(4)), "little")
        assert status & S_RESET_ST


# A hand


def test_a_hand_presses_reset_where_the_probe_has_no_wire() -> None:
    board = booted("swj_off", nrst_wired=False)
    board.drive_nrst(low=True)
    assert not board.chip.swd_alive
    board.press_reset(hold_s=0.2, after_s=0.25)
    alive = []
    for _ in range(6):
        board.spend(0.1)
        alive.append(board.chip.swd_alive)
    assert alive == [False, False, True, True, False, False]


def test_a_probe_and_a_hand_hold_nrst_together() -> None:
    board = booted("jtag_off")
    board.drive_nrst(low=True)
    board.press_reset(hold_s=0.1)
    board.spend(0.2)
    assert board.chip.in_reset
    board.drive_nrst(low=False)
    assert not board.chip.in_reset


def test_a_power_cycle_forgets_what_power_kept() -> None:
    board = booted("stop_dbgmcu")
    master = SwdMaster(SwdPort(board))
    master.connect()
    write(board, SRAM, 0xCAFE_F00D)
    write(board, DEMCR, 1)
    board.power_cycle(off_s=0.2, after_s=0.1)
    powered = []
    for _ in range(4):
        board.spend(0.1)
        powered.append(board.powered)
    assert powered == [False, False, True, True]
    assert read(board, SRAM) != 0xCAFE_F00D
    assert read(board, DEMCR) == 0
    with pytest.raises(SwdError) as forgot:
        master.port.read_ap(0x0)
    assert forgot.value.ack is Ack.FAULT  # CDBGPWRUPREQ is gone


def test_a_moved_boot0_counts_from_the_next_reset_on() -> None:
    board = booted("swj_off")
    board.set_boot0(1)
    sources = [board.chip.boot_source]
    board.press_reset()
    board.spend(0.2)
    sources.append(board.chip.boot_source)
    assert board.chip.swd_alive
    board.set_boot0(0)
    board.power_cycle()
    board.spend(0.6)
    sources.append(board.chip.boot_source)
    assert sources == [BootSource.FLASH, BootSource.SYSTEM_MEMORY, BootSource.FLASH]


def test_a_reset_in_the_middle_of_a_run_stops_the_core_there() -> None:
    board = booted("jtag_off", uptime_s=0.1)
    board.press_reset(hold_s=0.05, after_s=0.05)
    cycles = board.chip.core.cycles
    board.spend(0.09)
    ran = board.chip.core.cycles - cycles
    assert ran == pytest.approx(0.05 * 8e6, rel=0.01)


# SWDIO and SWCLK


def reads(board: VirtualBoard, clock_hz: int, count: int = 400) -> tuple[int, int]:
    """How many words did not come, and how many came wrong."""
    master = SwdMaster(SwdPort(board))
    master.port.swclk_hz = clock_hz
    failed = wrong = 0
    for _ in range(count):
        try:
            master.port.line_reset()
            wrong += master.port.read(0) != 0x1BA0_1477
        except SwdError:
            failed += 1
    return failed, wrong


def test_bad_wires_are_good_at_a_slow_clock() -> None:
    board = booted("jtag_off", swclk_limit_hz=400_000)
    assert reads(board, 400_000) == (0, 0)
    failed, wrong = reads(board, 800_000)
    assert 0.3 < failed / 400 < 0.55
    assert 0 < wrong < 40
    assert reads(board, 4_000_000)[0] > failed


def test_the_seed_decides_what_fails() -> None:
    def pattern(seed: int) -> list[bool]:
        signal = Signal(1e6, seed)
        return [signal.loses_request(4e6) for _ in range(64)]

    assert pattern(1) == pattern(1) != pattern(2)


def test_memory_can_be_read_over_bad_wires_at_a_slow_clock_only() -> None:
    board = booted("jtag_off", swclk_limit_hz=300_000)
    master = SwdMaster(SwdPort(board))
    master.port.swclk_hz = 240_000
    master.connect()
    assert len(master.read_memory(0x0800_0000, 1024, Access(4))) == 1024
    master.port.swclk_hz = 4_000_000
    with pytest.raises(MemoryFault):
        master.read_memory(0x0800_0000, 1024, Access(4))
