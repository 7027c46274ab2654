"""Skipping loops that wait changes neither time nor state."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from swdflash.memory import Span
from swdflash.sim.bus import Master, ResetKind
from swdflash.sim.chip.registers import Reg
from swdflash.sim.clock import PS_PER_S, Clock

from .conftest import HZ, Machine, Make


class Busy:
    """A write starts an operation of 52.5 us; the status says whether it is over."""

    span = Span(0x4000_0000, 0x400)

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.busy = 0
        self.reads: Iterator[int] = count()
        self.seen = 0

    def reset(self, kind: ResetKind) -> None: ...

    def read(self, offset: int, _size: int, master: Master) -> int:
        self.seen = next(self.reads)
        return self.busy

    def write(self, offset: int, _size: int, _value: int, master: Master) -> None:
        self.busy = 1
        self.clock.alarm(self.clock.now_ps + 52_500_000, self.done)

    def done(self) -> None:
        self.busy = 0


POLLS = """
    ldr r0, =0x40000000
    movs r4, #0
1:  str r4, [r0]
2:  ldr r1, [r0]
    cmp r1, #0
    bne 2b
    adds r4, #1
    cmp r4, #20
    bne 1b
    b .
"""
TICKS = """
    ldr r0, =0xE000E010
    ldr r1, =1599
    str r1, [r0, #4]
    movs r1, #7
    str r1, [r0]
    ldr r2, =COUNT
1:  ldr r3, [r2]
    cmp r3, #10
    bne 1b
    b .
    .thumb_func
systick:
    ldr r0, =COUNT
    ldr r1, [r0]
    adds r1, #1
    str r1, [r0]
    bx lr
"""
COUNTFLAG = """
    ldr r0, =0xE000E010
    ldr r1, =7999
    str r1, [r0, #4]
    movs r1, #5
    str r1, [r0]
    movs r4, #0
1:  ldr r2, [r0]
    tst r2, #0x10000
    beq 1b
    adds r4, #1
    b 1b
"""
SLOW_COUNTER = """
    ldr r0, =0xE000E010
    ldr r1, =0xFFFFFF
    str r1, [r0, #4]
    movs r1, #1                 // HCLK/8
    str r1, [r0]
    ldr r3, =0xFFFF00
1:  ldr r2, [r0, #8]
    cmp r2, r3
    bne 1b
    b .
"""
NESTED_CALLS = """
    ldr r0, =0x40000000
    movs r4, #0
1:  str r4, [r0]
2:  bl status
    cmp r1, #0
    bne 2b
    adds r4, #1
    cmp r4, #50
    bne 1b
    b .
status:
    ldr r1, [r0]
    bx lr
"""


STACKED_CALLS = NESTED_CALLS.replace(
    "    ldr r1, [r0]\n    bx lr", "    push {r7, lr}\n    ldr r1, [r0]\n    pop {r7, pc}"
)
COUNTS_IN_RAM = """
    ldr r0, =COUNT
1:  ldr r1, [r0]
    adds r1, #1
    str r1, [r0]
    movs r1, #0
    b 1b
"""


def everything(board: Machine) -> tuple[object, ...]:
    registers = [board.core.get(Reg(number)) for number in range(19)]
    return board.clock.now_ps, board.core.cycles, registers, bytes(board.ram.buffer[:0x400])


@pytest.mark.parametrize(
    "source", [POLLS, TICKS, COUNTFLAG, SLOW_COUNTER, NESTED_CALLS, STACKED_CALLS, COUNTS_IN_RAM]
)
def test_skipping_gives_the_same_time_and_state(machine: Make, source: str) -> None:
    seen = []
    for skip in (False, True):
        board = machine(source, skip_spins=skip)
        board.bus.attach(Busy(board.clock))
        states = []
        for _ in range(7):
            board.run(0.7e-3)
            states.append(everything(board))
        seen.append(states)
    assert seen[0] == seen[1]


@pytest.mark.parametrize("source", [POLLS, NESTED_CALLS, STACKED_CALLS])
def test_a_poll_is_read_a_few_times_only(machine: Make, source: str) -> None:
    board = machine(source)
    busy = Busy(board.clock)
    board.bus.attach(busy)
    board.run(3e-3)
    started = board.core.get(Reg.R4)
    assert started >= 20
    assert busy.seen < 12 * started  # of 20 to 70


def test_waiting_for_a_long_time_is_quick(machine: Make) -> None:
    board = machine("ldr r2, =COUNT; 1: ldr r3, [r2]; cmp r3, #10; bne 1b; movs r7, #1; b .")
    for _ in range(100):
        board.run(10.0)
    board.write(0x2000_0000, 10)
    board.run(1e-3)
    assert board.core.get(Reg.R7) == 1
    assert board.clock.now_ps // PS_PER_S == 1000


class Counter:
    """Moves with time, without an alarm, and says so."""

    span = Span(0x4000_0000, 0x400)
    timed = (0,)

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def reset(self, kind: ResetKind) -> None: ...

    def read(self, offset: int, _size: int, master: Master) -> int:
        return int(self.clock.now_ps > PS_PER_S // 100)

    def write(self, offset: int, _size: int, _value: int, master: Master) -> None: ...


def test_a_loop_that_watches_time_itself_is_not_skipped(machine: Make) -> None:
    board = machine("ldr r0, =0x40000000; 1: ldr r1, [r0]; cmp r1, #1; bne 1b; bkpt 0")
    board.bus.attach(Counter(board.clock))
    board.run_to_bkpt()
    assert board.core.cycles == pytest.approx(HZ / 100, abs=100)
