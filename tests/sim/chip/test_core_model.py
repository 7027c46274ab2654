"""What a Cortex-M0 and a Cortex-M4 have that a Cortex-M3 has not, and the other way round."""

from __future__ import annotations

from pathlib import Path

import pytest

from swdflash.sim.bus import BusFault
from swdflash.sim.chip.core_model import CORTEX_M0, CORTEX_M3, CORTEX_M4, CoreModel
from swdflash.sim.chip.registers import Reg

from .conftest import Machine, assemble

NVIC_IPR0, VTOR, CCR, SHPR2, CFSR, HFSR = (
    0xE000_E400,
    0xE000_ED08,
    0xE000_ED14,
    0xE000_ED1C,
    0xE000_ED28,
    0xE000_ED2C,
)
FP_CTRL, DWT_CTRL, ROM_TABLE, ITM_STIM0, CPUID = (
    0xE000_2000,
    0xE000_1000,
    0xE00F_F000,
    0xE000_0000,
    0xE000_ED00,
)
MODELS = pytest.mark.parametrize(
    "model", [CORTEX_M0, CORTEX_M3, CORTEX_M4], ids=lambda model: model.name
)


def machine(folder: Path, source: str, model: CoreModel) -> Machine:
    made = Machine(model=model)
    made.load(assemble(source, folder, cpu="cortex-m0"))
    return made


def ran(folder: Path, source: str, model: CoreModel) -> Machine:
    made = machine(folder, source, model)
    made.run(1e-3)
    return made


@MODELS
def test_runs_thumb_code_and_takes_interrupts(tmp_path: Path, model: CoreModel) -> None:
    board = ran(
        tmp_path,
        """
        ldr r0, =0xE000E100; movs r1, #2; str r1, [r0]
        b .
        .thumb_func
    irq1: ldr r4, =COUNT; movs r0, #7; str r0, [r4]; bx lr
    """,
        model,
    )
    board.core.set_irq(1, True)
    board.core.set_irq(1, False)
    board.run(1e-4)
    assert board.read(0x2000_0000) == 7


# What is not in Armv6-M, and on which cores it runs
@pytest.mark.parametrize(
    ("instruction", "cores"),
    [
        ("add.w r0, r1, r2", (CORTEX_M3, CORTEX_M4)),
        ("udiv r0, r1, r2", (CORTEX_M3, CORTEX_M4)),
        ("movw r0, #0x1234", (CORTEX_M3, CORTEX_M4)),
        ("ldrex r0, [r3]", (CORTEX_M3, CORTEX_M4)),
        ("sadd16 r0, r1, r2", (CORTEX_M4,)),
        ("vmov.f32 s0, #1.0", (CORTEX_M4,)),
        ("dmb", (CORTEX_M0, CORTEX_M3, CORTEX_M4)),
        ("mrs r0, primask", (CORTEX_M0, CORTEX_M3, CORTEX_M4)),
    ],
)
@MODELS
def test_an_instruction_that_a_core_has_not_is_a_fault(
    tmp_path: Path, model: CoreModel, instruction: str, cores: tuple[CoreModel, ...]
) -> None:
    source = f"""
        ldr r3, =COUNT; movs r2, #1
        .cpu cortex-m4
        .fpu fpv4-sp-d16
        {instruction}
    done: b .
        .thumb_func
    hardfault: b .
    """
    board = ran(tmp_path, source, model)
    assert board.at("done" if model in cores else "hardfault")
    if model not in cores and model.mainline:
        assert board.read(CFSR) in (1 << 16, 1 << 19)  # UNDEFINSTR, NOCP


@MODELS
def test_unaligned_words_are_a_fault_on_m0(tmp_path: Path, model: CoreModel) -> None:
    source = """
        ldr r3, =COUNT+1
        ldr r0, [r3]
    done: b .
        .thumb_func
    hardfault: b .
    """
    assert ran(tmp_path, source, model).at("done" if model.mainline else "hardfault")


@MODELS
def test_priorities_have_as_many_bits_as_the_core(tmp_path: Path, model: CoreModel) -> None:
    board = machine(tmp_path, "b .", model)
    board.write(NVIC_IPR0, 0xFFFF_FFFF)
    one = 0xFF & ~((1 << 8 - model.priority_bits) - 1)
    assert board.read(NVIC_IPR0) == one * 0x0101_0101


@MODELS
def test_an_m0_has_no_vtor_and_no_fault_registers(tmp_path: Path, model: CoreModel) -> None:
    board = machine(tmp_path, "b .", model)
    board.write(VTOR, 0x2000_0000)
    assert board.read(VTOR) == (0x2000_0000 if model.mainline else 0)
    assert board.read(CCR) & 8 == (0 if model.mainline else 8)  # UNALIGN_TRP
    board.write(SHPR2, 0xFFFF_FFFF)
    assert board.read(SHPR2) >> 24 == (0xF0 if model.mainline else 0xC0)


def test_a_fault_of_an_m0_is_a_hard_fault_that_does_not_say_why(tmp_path: Path) -> None:
    source = """
        ldr r0, =0x60000000
        ldr r0, [r0]
        b .
        .thumb_func
    hardfault: b .
    """
    board = ran(tmp_path, source, CORTEX_M0)
    assert board.at("hardfault")
    assert (board.read(CFSR), board.read(HFSR)) == (0, 0)


@MODELS
def test_basepri_and_faultmask_are_mainline(tmp_path: Path, model: CoreModel) -> None:
    board = machine(tmp_path, "b .", model)
    board.halt()
    board.write(0xE000_EDF8, 0x0101_5001)
    board.write(0xE000_EDF4, 1 << 16 | 20)
    board.write(0xE000_EDF4, 20)
    assert board.read(0xE000_EDF8) == (0x0101_5001 if model.mainline else 1)
    assert board.core.get(Reg.PC) == board.symbols["reset"]


@pytest.mark.parametrize(
    ("model", "code", "literals", "watchpoints"),
    [(CORTEX_M0, 4, 0, 2), (CORTEX_M3, 6, 2, 4), (CORTEX_M4, 6, 2, 4)],
    ids=["M0", "M3", "M4"],
)
def test_comparators(
    tmp_path: Path, model: CoreModel, code: int, literals: int, watchpoints: int
) -> None:
    board = machine(tmp_path, "b .", model)
    control = board.read(FP_CTRL)
    assert (control >> 4 & 0xF, control >> 8 & 0xF) == (code, literals)
    assert board.read(DWT_CTRL) >> 28 == watchpoints


@MODELS
def test_a_breakpoint_stops_it(tmp_path: Path, model: CoreModel) -> None:
    board = machine(tmp_path, "nop; nop; here: nop; b .", model)
    here = board.symbols["here"]
    board.write(0xE000_EDF0, 0xA05F_0003)
    board.write(FP_CTRL, 3)
    board.write(0xE000_2008, here & ~3 | (2 if here & 2 else 1) << 30 | 1)
    board.write(0xE000_EDF0, 0xA05F_0001)
    board.run(1e-4)
    assert board.core.halted
    assert board.at("here")


@MODELS
def test_the_rom_table_names_what_is_there(tmp_path: Path, model: CoreModel) -> None:
    board = machine(tmp_path, "b .", model)
    there = []
    for at in range(ROM_TABLE, ROM_TABLE + 0x40, 4):
        entry = board.read(at)
        if entry & 1:
            there.append((ROM_TABLE + (entry & ~0xFFF)) & 0xFFFF_FFFF)
    for component in there:
        assert board.read(component + 0xFF0) == 0x0D
    trace = {0xE000_0000, 0xE004_0000} if model.has_itm else set()
    etm = {0xE004_1000} if model.etm else set()
    assert set(there) == {0xE000_E000, 0xE000_1000, 0xE000_2000} | trace | etm
    if not model.has_itm:
        with pytest.raises(BusFault):
            board.read(ITM_STIM0)
