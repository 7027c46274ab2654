"""Cycles as the Cortex-M3's manual counts them, SysTick's rate, and the cycle counter."""

from __future__ import annotations

import pytest

from swdflash.sim.chip.registers import Reg
from swdflash.sim.clock import PS_PER_S

from .conftest import HZ, Make


@pytest.mark.parametrize(
    ("code", "cycles"),
    [
        ("adds r0, #1", 1),
        ("movw r0, #0x1234", 1),
        ("mul r0, r1, r2", 1),
        ("mla r0, r1, r2, r3", 2),
        ("ldr r0, [sp, #-8]", 2),
        ("ldr r0, [sp, #-8]; ldr r1, [sp, #-8]", 3),
        ("push {r0-r3}", 5),
        ("ldmdb sp, {r0-r3}", 5),
        ("b 1f; nop; 1:", 3),
        ("cmp r0, r0; bne 1f; 1:", 2),
        ("cmp r0, r0; beq 1f; nop; 1:", 4),
        ("bl 1f; nop; 1:", 3),
        ("nop; nop; nop", 3),
    ],
)
def test_an_instruction_costs_what_the_manual_says(machine: Make, code: str, cycles: int) -> None:
    board = machine(f"bkpt 0; .balign 4; start: {code}; bkpt 1")
    board.run_to_bkpt()
    board.core.put(Reg.PC, board.symbols["start"])
    before = board.core.cycles
    board.run_to_bkpt()
    assert board.core.cycles - before == cycles


def test_time_passes_by_cycles_at_the_processor_clock(machine: Make) -> None:
    board = machine("movs r0, #0; 1: adds r0, #1; b 1b")
    board.run(0.1)
    assert board.core.get(Reg.R0) == pytest.approx(0.1 * HZ / 4, abs=2)


def test_run_until_overruns_by_one_block_at_most(machine: Make) -> None:
    board = machine("1: adds r0, #1; b 1b")
    board.run(1e-3)
    assert 0 <= board.clock.now_ps - PS_PER_S // 1000 <= 4 * PS_PER_S // HZ


SYSTICK_COUNTS = """
    ldr r0, =0xE000E010
    ldr r1, =7999
    str r1, [r0, #4]
    movs r1, #7
    str r1, [r0]
    b .
    .thumb_func
systick:
    ldr r0, =COUNT
    ldr r1, [r0]
    adds r1, #1
    str r1, [r0]
    bx lr
"""


def test_systick_interrupts_every_millisecond(machine: Make) -> None:
    board = machine(SYSTICK_COUNTS)
    board.run(0.5)
    assert board.read(0x2000_0000) in (499, 500)


def test_systick_counts_down_and_flags_zero(machine: Make) -> None:
    board = machine("b .")
    board.write(0xE000_E014, 99)
    board.write(0xE000_E010, 5)
    seen = []
    for _ in range(3):
        board.core.run_until(board.clock.now_ps + 10 * PS_PER_S // HZ)
        seen.append(board.read(0xE000_E018))
    assert seen[0] - seen[1] == pytest.approx(10, abs=3)
    assert seen[1] - seen[2] == pytest.approx(10, abs=3)
    board.run(100 / HZ)
    assert board.read(0xE000_E010) == 0x1_0005


def test_systick_stands_still_while_the_core_is_halted(machine: Make) -> None:
    board = machine("b .")
    board.write(0xE000_E014, 0xFF_FFFF)
    board.write(0xE000_E010, 5)
    board.run(1e-4)
    board.halt()
    before = board.read(0xE000_E018)
    board.run(1e-2)
    assert board.read(0xE000_E018) == before


def test_systick_follows_a_change_of_the_processor_clock(machine: Make) -> None:
    board = machine(SYSTICK_COUNTS)
    board.run(0.1)
    board.hz = 2 * HZ
    board.run(0.1)
    assert board.read(0x2000_0000) == pytest.approx(300, abs=2)


def test_the_cycle_counter_counts_what_the_core_runs(machine: Make) -> None:
    board = machine("b .")
    board.halt()
    board.write(0xE000_EDFC, 1 << 24)
    board.write(0xE000_1000, 1)
    board.write(0xE000_1004, 0)
    board.run(0.01)
    assert board.read(0xE000_1004) == 0
    board.go()
    board.run(0.01)
    assert board.read(0xE000_1004) == pytest.approx(0.01 * HZ, abs=4)


CRC32 = """             // as OpenOCD computes it on the chip, 0x1000 bytes
    mov r3, #0x1000
    ldr r2, =0x08000000
    mov r0, #0xffffffff
    mov r4, #0
    b 3f
1:  ldrb r1, [r2, r4]
    ldr r7, =0x04C11DB7
    eor r0, r0, r1, asl #24
    mov r5, #0
2:  cmp r0, #0
    mov r6, r0, asl #1
    add r5, r5, #1
    mov r0, r6
    it lt
    eorlt r0, r6, r7
    cmp r5, #8
    bne 2b
    add r4, r4, #1
3:  cmp r4, r3
    bne 1b
    bkpt 0
"""


def test_code_in_sram_is_as_slow_as_measured_on_a_board(machine: Make) -> None:
    """OpenOCD verified 128 KiB in 2.09 s at 8 MHz: 128 cycles a byte."""
    board = machine(CRC32)
    for address in range(0, 0x100, 4):
        board.write(0x2000_0000 + address, board.read(0x0800_0000 + address))
    board.halt()
    board.core.put(Reg.PC, 0x2000_0000 + board.symbols["reset"] - 0x0800_0000)
    board.run_to_bkpt()
    board.run(0.1)
    assert board.core.halted
    assert board.core.cycles / 0x1000 == pytest.approx(128, rel=0.1)


def test_wait_states_cost_at_branches_in_flash(machine: Make) -> None:
    costs = []
    for wait_states in (lambda: 0, lambda: 2):
        board = machine("movs r0, #10; 1: subs r0, #1; bne 1b; bkpt 0", guarded_flash=True)
        board.core.set_wait_states(wait_states)
        board.run_to_bkpt()
        costs.append(board.core.cycles)
    assert costs[1] - costs[0] == 2 * 9
