"""Interrupts, faults, system calls and sleep, as a program sees them."""

from __future__ import annotations

import pytest

from swdflash.memory import Span
from swdflash.sim.bus import BusFault, Master, ResetKind
from swdflash.sim.chip.registers import Reg

from .conftest import Machine, Make

CFSR, HFSR, BFAR = 0xE000_ED28, 0xE000_ED2C, 0xE000_ED38

ENABLE_IRQS = "ldr r0, =0xE000E100; movs r1, #7; str r1, [r0]"
# Each handler writes its number to the next free word of a journal that R7 points to.
JOURNAL = """
    .macro note number
    movs r3, #\\number
    ldr r2, =0x20000100
    ldr r1, [r2]
    str r3, [r2, r1]
    adds r1, #4
    str r1, [r2]
    .endm
"""


def journal(board: Machine) -> list[int]:
    end = board.read(0x2000_0100)
    return [board.read(0x2000_0100 + offset) for offset in range(4, end, 4)]


JOURNAL_START = "ldr r0, =0x20000100; movs r1, #4; str r1, [r0]"


def test_an_interrupt_saves_and_restores_the_registers(machine: Make) -> None:
    board = machine(f"""
        {ENABLE_IRQS}
        ldr r0, =0x11111111; ldr r1, =0x22222222; ldr r2, =0x33333333; ldr r3, =0x44444444
        ldr r12, =0x55555555; ldr lr, =0x66666666
        cmp r0, r0
        b .
        .thumb_func
    irq1: movs r0, #1; movs r1, #1; movs r2, #1; movs r3, #1; mov r12, r0
        ldr r4, =COUNT; str r0, [r4]; bx lr
    """)
    board.run(1e-4)
    before = [board.core.get(Reg(number)) for number in (0, 1, 2, 3, 12, 13, 14, 15, 16)]
    board.core.set_irq(1, True)
    board.core.set_irq(1, False)
    board.run(1e-4)
    assert board.read(0x2000_0000) == 1
    assert [board.core.get(Reg(number)) for number in (0, 1, 2, 3, 12, 13, 14, 15, 16)] == before


NESTED = f"""
    {JOURNAL}
    {JOURNAL_START}
    ldr r0, =0xE000E400
    ldr r1, =0x00408080     // irq0 and irq1 0x80, irq2 0x40
    str r1, [r0]
    {ENABLE_IRQS}
    b .
    .thumb_func
irq0: note 1
    bx lr
    .thumb_func
irq1: note 11
    ldr r0, =0xE000E200; movs r1, #5; str r1, [r0]; dsb; isb  // pend irq0 and irq2
    note 12
    bx lr
    .thumb_func
irq2: note 21
    bx lr
"""


def test_a_more_urgent_interrupt_preempts_and_an_equal_one_waits(machine: Make) -> None:
    board = machine(NESTED)
    board.run(1e-4)
    board.core.set_irq(1, True)
    board.core.set_irq(1, False)
    board.run(1e-4)
    assert journal(board) == [11, 21, 12, 1]


def test_a_raised_line_interrupts_again(machine: Make) -> None:
    board = machine(f"""
        {ENABLE_IRQS}
        b .
        .thumb_func
    irq0: ldr r0, =COUNT; ldr r1, [r0]; adds r1, #1; str r1, [r0]; bx lr
    """)
    board.core.set_irq(0, True)
    board.run(1e-3)
    assert board.read(0x2000_0000) > 10
    board.core.set_irq(0, False)
    board.run(1e-4)
    count = board.read(0x2000_0000)
    board.run(1e-3)
    assert board.read(0x2000_0000) == count


def test_tail_chaining_takes_six_cycles(machine: Make) -> None:
    source = f"""
        {ENABLE_IRQS}
        b .
        .thumb_func
    irq0: bx lr
        .thumb_func
    irq1: bkpt 1
    """
    costs = []
    for lines in ([1], [0, 1]):
        board = machine(source)
        board.run(1e-4)
        for line in lines:
            board.core.set_irq(line, True)
            board.core.set_irq(line, False)
        before = board.core.cycles
        board.run_to_bkpt()
        costs.append(board.core.cycles - before)
    bx = 1
    assert costs[1] - costs[0] == 6 + bx


@pytest.mark.parametrize(
    ("mask", "unmask"),
    [
        ("cpsid i", "cpsie i"),
        ("cpsid f", "cpsie f"),
        ("movs r0, #0x10; msr basepri, r0", "movs r0, #0; msr basepri, r0"),
        ("movs r0, #1; msr primask, r0", "movs r0, #0; msr primask, r0"),
    ],
)
def test_masked_interrupts_wait_until_unmasked(machine: Make, mask: str, unmask: str) -> None:
    board = machine(f"""
        ldr r0, =0xE000E400; movs r1, #0x80; str r1, [r0]
        {ENABLE_IRQS}
        {mask}
        ldr r0, =0xE000E200; movs r1, #1; str r1, [r0]
        nop; nop
        ldr r4, =COUNT; ldr r5, [r4]
        {unmask}
        ldr r6, [r4]
        b .
        .thumb_func
    irq0: ldr r0, =COUNT; movs r1, #1; str r1, [r0]; bx lr
    """)
    board.run(1e-3)
    assert (board.core.get(Reg.R5), board.core.get(Reg.R6)) == (0, 1)


def test_svc_passes_its_frame(machine: Make) -> None:
    board = machine("""
        movs r0, #5
        svc 7
        b .
        .thumb_func
    svcall: ldr r1, [sp, #24]; ldrb r1, [r1, #-2]   // the SVC's number
        ldr r0, [sp]; adds r0, r1; str r0, [sp]; bx lr
    """)
    board.run(1e-3)
    assert board.core.get(Reg.R0) == 12
    assert board.core.get(Reg.SP) == 0x2000_5000


def test_pendsv_switches_between_process_stacks(machine: Make) -> None:
    board = machine("""
        ldr r0, =0x20002000; msr psp, r0
        movs r0, #3; msr control, r0; isb       // unprivileged, on the process stack
        movs r4, #1
        svc 0                                    // the handler pends PendSV
        b .
        .thumb_func
    svcall: ldr r0, =0xE000ED04; ldr r1, =0x10000000; str r1, [r0]; bx lr
        .thumb_func
    pendsv: mrs r0, psp; ldr r1, =COUNT; str r0, [r1]
        ldr r2, =0x20003000                       // a frame for another thread
        ldr r3, =other; str r3, [r2, #24]; ldr r3, =0x01000000; str r3, [r2, #28]
        msr psp, r2; bx lr
        .thumb_func
    other: mrs r5, control; mov r6, sp; b .
    """)
    board.run(1e-3)
    assert board.read(0x2000_0000) == 0x2000_2000 - 32
    assert board.core.get(Reg.R5) == 3
    assert board.core.get(Reg.R6) == 0x2000_3020
    assert board.core.get(Reg.PSP) == 0x2000_3020
    assert board.core.get(Reg.MSP) == 0x2000_5000


@pytest.mark.parametrize(
    ("code", "cfsr"),
    [
        ("ldr r0, =0x30000000; ldr r1, [r0]", 1 << 9 | 1 << 15),  # PRECISERR, BFARVALID
        ("ldr r0, =0x50000000; str r1, [r0]", 1 << 9 | 1 << 15),
        ("udf #0", 1 << 16),  # UNDEFINSTR
        ("ldr r0, =0x08000040; bx r0", 1 << 17),  # INVSTATE: no Thumb bit
        ("ldr r0, =0x30000001; bx r0", 1 << 8),  # IBUSERR
        ("ldr r0, =0x40000001; bx r0", 1 << 0),  # IACCVIOL: execute never
        ("ldr r0, =0xE0000001; bx r0", 1 << 0),
        ("mcr p15, 0, r0, c0, c0", 1 << 19),  # NOCP
    ],
)
def test_a_fault_says_why_and_becomes_a_hardfault(machine: Make, code: str, cfsr: int) -> None:
    board = machine(f"{code}; nop; b .; .thumb_func\nhardfault: b .")
    board.run(1e-3)
    assert board.at("hardfault")
    assert board.read(CFSR) == cfsr
    assert board.read(HFSR) == 1 << 30  # FORCED
    if cfsr & 1 << 15:
        assert board.read(BFAR) in (0x3000_0000, 0x5000_0000)


def test_the_frame_of_a_fault_holds_the_instruction_that_faulted(machine: Make) -> None:
    board = machine(
        "ldr r0, =0x30000000; nop; here: ldr r1, [r0]; nop; b .; .thumb_func\nhardfault: b ."
    )
    board.run(1e-3)
    assert board.read(board.core.get(Reg.SP) + 24) == board.symbols["here"]


def test_enabled_faults_have_handlers_of_their_own(machine: Make) -> None:
    board = machine("""
        ldr r0, =0xE000ED24; ldr r1, =0x70000; str r1, [r0]
        udf #0
        b .
        .thumb_func
    usagefault: ldr r0, =0x30000000; ldr r1, [r0]; b .
        .thumb_func
    busfault: b .
    """)
    board.run(1e-3)
    # BusFault is not more urgent than the UsageFault it happens in: a HardFault.
    assert board.at("unexpected")
    assert board.core.get(Reg.XPSR) & 0x1FF == 3


def test_a_fault_in_the_hardfault_handler_locks_the_core_up(machine: Make) -> None:
    board = machine("udf #0; .thumb_func\nhardfault: udf #0")
    board.run(1e-3)
    assert board.core.locked_up
    assert board.core.get(Reg.PC) == 0xFFFF_FFFE
    board.run(1e-3)
    board.core.reset(ResetKind.NRST)
    assert not board.core.locked_up


def test_erased_flash_locks_the_core_up(machine: Make) -> None:
    board = machine("b .")
    board.flash.buffer[:] = b"\xff" * len(board.flash.buffer)
    board.flash.changed(board.flash.span)
    board.core.reset(ResetKind.POWER_ON)
    board.run(1e-3)
    assert board.core.locked_up


def test_wfi_sleeps_until_an_interrupt(machine: Make) -> None:
    board = machine(f"""
        {ENABLE_IRQS}
        1: wfi
        ldr r4, =COUNT; ldr r5, [r4]; adds r5, #1; str r5, [r4]
        b 1b
        .thumb_func
    irq0: bx lr
    """)
    slept: list[bool] = []
    board.core.on_sleep = slept.append
    board.run(1e-3)
    assert board.core.sleeping
    assert slept == [False]
    before = board.core.cycles
    board.run(1e-3)
    assert board.core.cycles == before
    board.core.set_irq(0, True)
    board.core.set_irq(0, False)
    board.run(1e-3)
    assert board.read(0x2000_0000) == 1
    assert slept == [False, False]


def test_a_masked_interrupt_wakes_from_wfi_without_being_taken(machine: Make) -> None:
    board = machine(f"{ENABLE_IRQS}; cpsid i; wfi; movs r7, #9; b .")
    board.run(1e-3)
    assert board.core.sleeping
    board.core.set_irq(0, True)
    board.run(1e-3)
    assert board.core.get(Reg.R7) == 9


def test_wfe_passes_once_after_sev(machine: Make) -> None:
    board = machine("sev; wfe; movs r7, #1; wfe; movs r7, #2; b .")
    board.run(1e-3)
    assert board.core.get(Reg.R7) == 1
    assert board.core.sleeping


def test_deep_sleep_is_what_scr_says(machine: Make) -> None:
    board = machine("ldr r0, =0xE000ED10; movs r1, #4; str r1, [r0]; wfi; b .")
    slept: list[bool] = []
    board.core.on_sleep = slept.append
    board.run(1e-3)
    assert slept == [True]
    assert board.core.deep_sleep


def test_sysresetreq_resets_between_instructions(machine: Make) -> None:
    board = machine("""
        ldr r0, =0xE000ED0C; ldr r1, =0x05FA0004; ldr r2, =COUNT
        ldr r3, [r2]; adds r3, #1; str r3, [r2]
        str r1, [r0]
        b .
    """)
    board.core.on_reset_request = lambda: board.core.reset(ResetKind.SYSTEM)
    board.run(1e-4)
    assert board.read(0x2000_0000) > 5


class Odd:
    """A device that refuses some offsets and breaks at another."""

    span = Span(0x4000_0000, 0x400)

    def reset(self, kind: ResetKind) -> None: ...

    def read(self, offset: int, _size: int, master: Master) -> int:
        if offset == 4:
            raise BusFault(self.span.start + 4, "not readable")
        if offset == 8:
            raise KeyError("broken")
        return 0x1234_5678

    def write(self, offset: int, _size: int, _value: int, master: Master) -> None:
        if offset == 4:
            raise BusFault(self.span.start + 4, "not writable")


@pytest.mark.parametrize("access", ["ldr r7, [r0, #4]", "strb r7, [r0, #4]"])
def test_a_device_that_refuses_is_a_bus_fault(machine: Make, access: str) -> None:
    board = machine(f"ldr r0, =0x40000000; movs r7, #1; {access}; b .; .thumb_func\nhardfault: b .")
    board.bus.attach(Odd())
    board.run(1e-3)
    assert board.at("hardfault")
    assert board.read(BFAR) == 0x4000_0004
    assert board.core.get(Reg.R7) == 1


def test_an_error_in_a_device_is_not_swallowed(machine: Make) -> None:
    board = machine("ldr r0, =0x40000000; ldr r7, [r0, #8]; b .")
    board.bus.attach(Odd())
    with pytest.raises(KeyError, match="broken"):
        board.run(1e-3)


def test_an_error_in_flash_is_not_swallowed(machine: Make) -> None:
    board = machine("ldr r0, =0x08000100; strb r0, [r0]; b .", guarded_flash=True)
    board.flash.changed = board.flash.store = None  # type: ignore[assignment,method-assign]
    with pytest.raises(TypeError):
        board.run(1e-3)


def test_software_triggers_an_interrupt(machine: Make) -> None:
    board = machine(f"""
        {ENABLE_IRQS}
        ldr r0, =0xE000EF00; movs r1, #2; str r1, [r0]; dsb; isb; b .
        .thumb_func
    irq2: movs r7, #1; mrs r6, ipsr; b .
    """)
    board.run(1e-3)
    assert board.core.get(Reg.R6) == 16 + 2


def test_bits_of_ram_have_words_of_their_own(machine: Make) -> None:
    board = machine("""
        ldr r0, =0x22000000; movs r1, #1; str r1, [r0, #0x14]; ldr r2, [r0, #0x14]
        ldr r3, [r0, #0x18]; b .
    """)
    board.run(1e-3)
    assert board.read(0x2000_0000) == 1 << 5
    assert (board.core.get(Reg.R2), board.core.get(Reg.R3)) == (1, 0)


def test_interrupts_arrive_within_a_block_of_their_alarm(machine: Make) -> None:
    board = machine(f"{ENABLE_IRQS}; 1: b 1b; .thumb_func\nirq0: bkpt 0")
    board.write(0xE000_EDF0, 0xA05F_0001)
    board.run(1e-4)
    due = board.clock.now_ps + 123_456_789
    board.clock.alarm(due, lambda: board.core.set_irq(0, True))
    board.core.run_until(due + 10**9)
    assert board.core.halted
    assert board.core.get(Reg.PC) == board.symbols["irq0"]
