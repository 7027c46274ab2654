"""Whatever hands, probes and firmware do to a board, in whatever order, it stays a board."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from swdflash.sim.adiv5.acks import SwdError
from swdflash.sim.adiv5.swd_port import SwdPort
from swdflash.sim.board import VirtualBoard
from swdflash.sim.chip.power_mode import PowerMode
from swdflash.sim.probes.swd_master import Access, MemoryFault, SwdMaster
from tests.firmware.boards import FOLDER, board_with

NAMES = sorted(path.stem for path in FOLDER.glob("*.elf"))
REGISTERS = {
    "halt": (0xE000_EDF0, 0xA05F_0003),
    "run": (0xE000_EDF0, 0xA05F_0001),
    "step": (0xE000_EDF0, 0xA05F_0005),
    "catch": (0xE000_EDFC, 1),
    "reset": (0xE000_ED0C, 0x05FA_0004),
    "debug bits": (0xE004_2004, 0x307),
    "no debug bits": (0xE004_2004, 0),
}
ACTS = st.one_of(
    st.tuples(st.just("spend"), st.sampled_from([1e-6, 1e-3, 0.03, 0.7])),
    st.tuples(st.just("nrst"), st.booleans()),
    st.tuples(st.just("press"), st.sampled_from([0.0, 1e-3, 0.1])),
    st.tuples(st.just("power"), st.sampled_from([0.0, 1e-3, 0.1])),
    st.tuples(st.just("boot0"), st.sampled_from([0, 1])),
    st.tuples(st.just("pin"), st.sampled_from([0, 1])),
    st.tuples(st.just("connect"), st.none()),
    st.tuples(st.just("write"), st.sampled_from(sorted(REGISTERS))),
)


def act(board: VirtualBoard, master: SwdMaster, what: str, how: object) -> None:
    match what, how:
        case "spend", float(seconds):
            board.spend(seconds)
        case "nrst", bool(low):
            board.drive_nrst(low=low)
        case "press", float(after_s):
            board.press_reset(hold_s=0.01, after_s=after_s)
        case "power", float(after_s):
            board.power_cycle(off_s=0.05, after_s=after_s)
        case "boot0", int(level):
            board.set_boot0(level)
        case "pin", int(level):
            board.drive_pin("PA0", level)
        case "connect", _:
            master.connect()
        case "write", str(name):
            address, value = REGISTERS[name]
            master.write_memory(address, value.to_bytes(4, "little"), Access(4))


def check(board: VirtualBoard) -> None:
    chip = board.chip
    assert chip.powered == (chip.power_mode is not PowerMode.OFF)
    assert not (chip.swd_alive and not chip.powered)
    if chip.powered and chip.in_reset:
        assert chip.swd_alive
        assert chip.hclk_on
        assert not chip.core.halted
    if chip.powered and chip.core.halted:
        assert chip.power_mode is PowerMode.RUN


@settings(max_examples=60)
@given(
    name=st.sampled_from(NAMES),
    rc_s=st.sampled_from([0.0, 0.02]),
    acts=st.lists(ACTS, min_size=3, max_size=25),
)
def test_a_board_survives_everything(
    name: str, rc_s: float, acts: list[tuple[str, object]]
) -> None:
    board = board_with(name, nrst_rc_s=rc_s)
    board.power_on()
    master = SwdMaster(SwdPort(board))
    for what, how in acts:
        before = board.clock.now
        with suppress(SwdError, MemoryFault):
            act(board, master, what, how)
        check(board)
        assert board.clock.now >= before
    board.drive_nrst(low=False)
    board.power_cycle()
    board.spend(2.0)
    assert board.powered
    assert not board.chip.in_reset
