"""Halting debug through the registers that a debugger uses (DDI 0403 §C1)."""

from __future__ import annotations

import pytest

from swdflash.sim.bus import ResetKind
from swdflash.sim.chip.registers import Reg

from .conftest import Machine, Make

DHCSR, DCRSR, DCRDR, DEMCR, DFSR = 0xE000_EDF0, 0xE000_EDF4, 0xE000_EDF8, 0xE000_EDFC, 0xE000_ED30
S_HALT, S_SLEEP, S_LOCKUP, S_RESET_ST = 1 << 17, 1 << 18, 1 << 19, 1 << 25
FP_CTRL, FP_COMP0 = 0xE000_2000, 0xE000_2008

COUNTING = "movs r0, #0; again: adds r0, #1; nop; b again"


def register(board: Machine, selector: int) -> int:
    board.write(DCRSR, selector)
    assert board.read(DHCSR) & 1 << 16
    return board.read(DCRDR)


def test_a_write_without_the_key_does_nothing(machine: Make) -> None:
    board = machine(COUNTING)
    board.write(DHCSR, 0x0000_0003)
    assert not board.core.halted


def test_halt_and_resume(machine: Make) -> None:
    board = machine(COUNTING)
    board.run(1e-4)
    board.halt()
    assert board.read(DHCSR) & S_HALT
    assert board.read(DFSR) == 1
    count = register(board, 0)
    board.run(1e-3)
    assert register(board, 0) == count > 0
    board.go()
    board.run(1e-4)
    assert not board.read(DHCSR) & S_HALT
    board.halt()
    assert register(board, 0) > count


def test_leaving_debug_lets_the_core_run(machine: Make) -> None:
    board = machine(COUNTING)
    board.halt()
    board.write(DHCSR, 0xA05F_0000)
    assert not board.core.halted


def test_every_register_can_be_written_and_read_back(machine: Make) -> None:
    board = machine(COUNTING)
    board.halt()
    values = {number: 0x1000_0000 + 0x11 * number & ~3 for number in (*range(13), 14, 15, 17, 18)}
    for number, value in values.items():
        board.write(DCRDR, value)
        board.write(DCRSR, 1 << 16 | number)
    assert {number: register(board, number) for number in values} == values
    assert register(board, 13) == values[17]  # SP is MSP
    board.write(DCRDR, 0x0200_4001)
    board.write(DCRSR, 1 << 16 | 20)
    assert register(board, 20) == 0x0200_4001
    assert register(board, 13) == values[18]  # CONTROL.SPSEL: SP is PSP now
    board.write(DCRDR, 0xF100_0000)
    board.write(DCRSR, 1 << 16 | 16)
    assert register(board, 16) == 0xF100_0000


def test_an_unprivileged_thread_hides_nothing_from_the_debugger(machine: Make) -> None:
    board = machine("ldr r0, =0x20001000; msr psp, r0; movs r0, #3; msr control, r0; isb; b .")
    board.run(1e-4)
    board.halt()
    assert register(board, 17) == 0x2000_5000
    assert register(board, 18) == register(board, 13) == 0x2000_1000
    assert register(board, 20) == 0x0300_0000
    assert register(board, 16) & 0x1FF == 0


def test_steps(machine: Make) -> None:
    board = machine(COUNTING)
    board.halt()
    places = []
    for _ in range(5):
        board.step()
        assert board.read(DHCSR) & S_HALT
        places.append(register(board, 15) - board.symbols["again"])
    assert places == [0, 2, 4, 0, 2]


def test_a_step_takes_a_pending_interrupt_unless_masked(machine: Make) -> None:
    board = machine("cpsie i; nop; nop; nop; b .; .thumb_func\npendsv: nop; bx lr")
    board.halt()
    board.write(0xE000_ED04, 1 << 28)
    board.write(DHCSR, 0xA05F_000D)  # C_MASKINTS
    board.run(1e-6)
    assert register(board, 15) == board.symbols["reset"] + 2
    board.write(DHCSR, 0xA05F_0005)
    board.run(1e-5)
    assert register(board, 15) == board.symbols["pendsv"]


def test_bkpt_halts_where_it_stands(machine: Make) -> None:
    board = machine("nop; here: bkpt 0xAB; b .")
    board.run_to_bkpt()
    assert register(board, 15) == board.symbols["here"]
    assert board.read(DFSR) == 2
    board.write(DFSR, 2)
    assert board.read(DFSR) == 0


def test_bkpt_without_a_debugger_is_a_hardfault(machine: Make) -> None:
    board = machine("bkpt 0; b .; .thumb_func\nhardfault: b .")
    board.run(1e-4)
    assert board.at("hardfault")
    assert board.read(0xE000_ED2C) == 1 << 31  # DEBUGEVT


@pytest.mark.parametrize("label", ["again", "upper"])
def test_a_hardware_breakpoint(machine: Make, label: str) -> None:
    board = machine("movs r0, #0; .balign 4; again: adds r0, #1; upper: nop; b again")
    board.halt()
    assert board.read(FP_CTRL) >> 4 & 0xF == 6
    address = board.symbols[label]
    board.write(FP_CTRL, 3)
    board.write(FP_COMP0, address & ~3 | 1 | (2 if address & 2 else 1) << 30)
    for _ in range(2):
        board.go()
        board.run(1e-4)
        assert board.core.halted
        assert register(board, 15) == address
        board.write(FP_COMP0, 0)
        board.step()
        board.write(FP_COMP0, address & ~3 | 1 | (2 if address & 2 else 1) << 30)
    board.write(FP_CTRL, 2)
    board.go()
    board.run(1e-4)
    assert not board.core.halted


def test_reset_can_be_caught_before_the_first_instruction(machine: Make) -> None:
    board = machine(COUNTING)
    board.run(1e-4)
    board.go()
    board.read(DHCSR)
    board.write(DEMCR, 1)
    board.core.reset(ResetKind.NRST)
    status = board.read(DHCSR)
    assert status & S_HALT
    assert status & S_RESET_ST
    assert not board.read(DHCSR) & S_RESET_ST
    assert register(board, 15) == board.symbols["reset"]
    assert register(board, 13) == 0x2000_5000
    assert board.read(DFSR) == 8


def test_a_hardfault_can_be_caught(machine: Make) -> None:
    board = machine("udf #0; .thumb_func\nhardfault: movs r7, #1; b .")
    board.go()
    board.write(DEMCR, 1 << 10)
    board.run(1e-4)
    assert board.core.halted
    assert register(board, 15) == board.symbols["hardfault"]


def test_lockup_and_sleep_are_seen(machine: Make) -> None:
    board = machine("udf #0; .thumb_func\nhardfault: udf #0")
    board.go()
    board.run(1e-4)
    assert board.read(DHCSR) & S_LOCKUP
    board.halt()
    assert board.read(DHCSR) & (S_LOCKUP | S_HALT) == S_HALT
    assert register(board, 15) == 0xFFFF_FFFE
    board = machine("wfi; b .")
    board.go()
    board.run(1e-4)
    assert board.read(DHCSR) & S_SLEEP
    board.halt()
    assert board.read(DHCSR) & (S_SLEEP | S_HALT) == S_HALT


def test_only_power_on_ends_a_debug_session(machine: Make) -> None:
    board = machine(COUNTING)
    board.go()
    board.core.reset(ResetKind.NRST)
    assert board.read(DHCSR) & 1
    board.core.reset(ResetKind.POWER_ON)
    assert not board.read(DHCSR) & 1


def test_code_cannot_switch_debugging_on(machine: Make) -> None:
    board = machine("ldr r0, =0xE000EDF0; ldr r1, =0xA05F0003; str r1, [r0]; movs r7, #1; b .")
    board.run(1e-4)
    assert board.core.get(Reg.R7) == 1
    assert not board.read(DHCSR) & 1


def test_the_rom_table_leads_to_the_components(machine: Make) -> None:
    board = machine()
    table = 0xE00F_F000
    entries = [board.read(table + 4 * index) for index in range(7)]
    assert entries[-1] == 0
    present = [(table + (entry & ~0xFFF)) & 0xFFFF_FFFF for entry in entries if entry & 1]
    parts = {base: _part(board, base) for base in present}
    assert parts == {
        0xE000_E000: 0x04_001B_B000,
        0xE000_1000: 0x04_001B_B002,
        0xE000_2000: 0x04_000B_B003,
        0xE000_0000: 0x04_001B_B001,
        0xE004_0000: 0x04_001B_B923,
    }
    assert _part(board, table) == 0x00_000A_0410


def _part(board: Machine, base: int) -> int:
    offsets = (0xFE0, 0xFE4, 0xFE8, 0xFEC, 0xFD0)
    return int.from_bytes(bytes(board.read(base + offset) for offset in offsets), "little")
