"""What each firmware of tests/firmware does to its board, and what brings the board back."""

from __future__ import annotations

import subprocess
from itertools import pairwise

import pytest

from swdflash.sim.adiv5.acks import Ack, SwdError
from swdflash.sim.adiv5.dp import Abort
from swdflash.sim.adiv5.swd_port import SwdPort
from swdflash.sim.board import VirtualBoard
from swdflash.sim.bus import BusFault, Master, ResetKind
from swdflash.sim.chip.power_mode import PowerMode
from swdflash.sim.chip.registers import Reg
from swdflash.sim.probes.swd_master import Access, MemoryFault, SwdMaster
from tests.firmware.boards import (
    AP_WAITS,
    LOOK_ALIKES,
    RESET_LOOPS,
    RUNS_NOTHING,
    SWD_DEAD,
    board_with,
    booted,
    elf,
)

DPIDR, CTRL_STAT, RDBUFF = 0x0, 0x4, 0xC
DHCSR, DEMCR = 0xE000_EDF0, 0xE000_EDFC
CFSR, HFSR, BFAR = 0xE000_ED28, 0xE000_ED2C, 0xE000_ED38
DBGMCU_CR, RCC_CSR, RCC_APB1ENR, PWR_CSR = 0xE004_2004, 0x4002_1024, 0x4002_101C, 0x4000_7004
S_HALT, S_RESET_ST, S_LOCKUP = 1 << 17, 1 << 25, 1 << 19
HALT, RUN, STEP = 0xA05F_0003, 0xA05F_0001, 0xA05F_000D
IWDG_KR = 0x4000_3000
IWDGRSTF, WWDGRSTF = 1 << 29, 1 << 30
WUF, SBF = 1 << 0, 1 << 1


def read(board: VirtualBoard, address: int, size: int = 4) -> int:
    return board.chip.bus.read(address, size, Master.DEBUG)


def write(board: VirtualBoard, address: int, value: int) -> None:
    board.chip.bus.write(address, 4, value, Master.DEBUG)


def attached(board: VirtualBoard) -> SwdMaster:
    master = SwdMaster(SwdPort(board))
    master.connect()
    return master


def peek(master: SwdMaster, address: int) -> int:
    return int.from_bytes(master.read_memory(address, 4, Access(4)), "little")


def poke(master: SwdMaster, address: int, value: int) -> None:
    master.write_memory(address, value.to_bytes(4, "little"), Access(4))


# SWD is gone


@pytest.mark.parametrize("name", SWD_DEAD)
def test_a_plain_attach_meets_silence_and_one_under_reset_does_not(name: str) -> None:
    board = booted(name)
    master = SwdMaster(SwdPort(board))
    with pytest.raises(SwdError) as silence:
        master.connect()
    assert silence.value.ack is Ack.NONE

    board.drive_nrst(low=True)
    master.connect()
    poke(master, DEMCR, 1)  # VC_CORERESET
    poke(master, DHCSR, HALT)
    board.drive_nrst(low=False)
    board.spend(0.1)
    assert peek(master, DHCSR) & S_HALT
    assert board.chip.swd_alive


@pytest.mark.parametrize("name", SWD_DEAD)
def test_it_goes_again_when_the_reset_is_over(name: str) -> None:
    board = booted(name)
    board.drive_nrst(low=True)
    board.drive_nrst(low=False)
    board.spend(0.06)
    assert not board.chip.swd_alive


def test_swd_goes_within_the_first_20_instructions() -> None:
    board = board_with("swj_off")
    board.power_on()
    write(board, DEMCR, 1)
    write(board, DHCSR, HALT)
    board.drive_nrst(low=True)
    board.drive_nrst(low=False)
    for _ in range(20):
        write(board, DHCSR, STEP)
        board.spend(10e-6)
        if not board.chip.swd_alive:
            break
    assert not board.chip.swd_alive


@pytest.mark.parametrize(
    ("name", "at_s", "register", "mnemonic"),
    [
        ("swj_off", 0, "AFIO_MAPR", "str"),
        ("swj_off_10ms", 10e-3, "AFIO_MAPR", "str"),
        ("swj_off_2s", 2, "AFIO_MAPR", "str"),
        ("swj_off_in_interrupt", 50e-3, "AFIO_MAPR", "str"),
        ("stop_wfi", 0, "SCB_SCR", "wfi"),
        ("stop_wfe", 0, "SCB_SCR", "wfe"),
        ("standby_rtc", 2, "PWR_CR", "wfi"),
    ],
)
def test_the_chip_says_when_and_by_what_swd_went(
    name: str, at_s: float, register: str, mnemonic: str
) -> None:
    lost = booted(name, uptime_s=2.1).chip.swd_lost
    assert lost is not None
    assert lost.at_s == pytest.approx(at_s, abs=20e-3 if name == "standby_rtc" else 20e-6)
    assert lost.cause_register == register
    listing = ("arm-none-eabi-objdump", "-d", f"--start-address={lost.cause_pc}", elf(name))
    listed = subprocess.run(listing, check=True, capture_output=True, text=True).stdout
    address, _, instruction = listed.partition(f"{lost.cause_pc:x}:\t")[2].partition("\t")
    assert address.strip()
    assert instruction.startswith(mnemonic)


def test_a_debugger_that_cuts_itself_off_is_noticed_too() -> None:
    board = booted("jtag_off")
    master = attached(board)
    with pytest.raises(MemoryFault):
        poke(master, 0x4001_0004, 0x0400_0000)
    assert board.chip.swd_lost is not None


@pytest.mark.parametrize("kind", list(ResetKind))
def test_any_reset_gives_the_pins_back(kind: ResetKind) -> None:
    board = booted("swj_off_10ms")
    alive = [board.chip.swd_alive]
    board.chip.reset(kind)
    alive.append(board.chip.swd_alive)
    board.spend(0.02)
    alive.append(board.chip.swd_alive)
    assert alive == [False, True, False]


# Low-power modes


@pytest.mark.parametrize(
    ("name", "bit", "mode"),
    [
        ("sleep", 1, PowerMode.SLEEP),
        ("stop_wfi", 2, PowerMode.STOP),
        ("stop_wfe", 2, PowerMode.STOP),
        ("standby_rtc", 4, PowerMode.STANDBY),
    ],
)
def test_each_mode_has_a_bit_that_keeps_swd(name: str, bit: int, mode: PowerMode) -> None:
    reached = []
    for bits in (bit, 7 & ~bit):
        board = booted(name)
        board.drive_nrst(low=True)
        write(board, DBGMCU_CR, bits)
        board.drive_nrst(low=False)
        board.spend(0.01)
        assert board.chip.power_mode is mode
        try:
            reached.append(peek(attached(board), DBGMCU_CR) == bits)
        except (SwdError, MemoryFault):
            reached.append(False)
    assert reached == [True, False]


def test_dbgmcu_outlives_nrst_but_not_power() -> None:
    board = booted("stop_wfi")
    board.drive_nrst(low=True)
    write(board, DBGMCU_CR, 7)
    board.drive_nrst(low=False)
    board.press_reset()
    board.spend(0.2)
    alive = [board.chip.swd_alive]
    board.power_cycle()
    board.spend(0.6)
    assert [*alive, board.chip.swd_alive] == [True, False]


@pytest.mark.parametrize("name", AP_WAITS)
def test_in_sleep_the_debug_port_answers_and_the_access_port_waits(name: str) -> None:
    board = booted(name, uptime_s=0.5002)
    port = SwdPort(board)
    master = SwdMaster(port)
    assert master.connect() == 0x1BA0_1477
    with pytest.raises(MemoryFault) as waits:
        peek(master, DHCSR)
    assert waits.value.ack is Ack.WAIT
    assert port.read(DPIDR) == 0x1BA0_1477
    assert port.read(CTRL_STAT) >> 28 == 0xF
    with pytest.raises(SwdError) as still:
        port.read(RDBUFF)
    assert still.value.ack is Ack.WAIT
    port.write(DPIDR, Abort.DAPABORT)
    assert port.read(RDBUFF) == 0


def test_an_access_that_waits_ends_when_the_core_wakes() -> None:
    board = booted("sleep_systick", uptime_s=0.5002)
    master = attached(board)
    master.port.write_ap(0x0, 0x2300_0002)  # CSW; the core sleeps: it waits for the next tick
    board.spend(1e-3)
    master.port.write_ap(0x4, DHCSR)
    board.spend(1e-3)
    master.port.write_ap(0xC, HALT)
    halted = [board.chip.core.halted]
    board.spend(1e-3)
    halted.append(board.chip.core.halted)
    assert halted == [False, True]
    assert peek(master, DHCSR) & S_HALT


def test_standby_ends_by_the_alarm_each_second() -> None:
    board = booted("standby_rtc", uptime_s=0.5)
    lost = []
    for _ in range(3):
        assert board.chip.swd_lost is not None
        lost.append(board.chip.swd_lost.at_s)
        board.spend(1.0)
    assert [later - sooner for sooner, later in pairwise(lost)] == pytest.approx([1, 1], abs=0.02)
    board.drive_nrst(low=True)
    write(board, RCC_APB1ENR, 1 << 28)
    assert read(board, PWR_CSR) & (WUF | SBF) == SBF  # the firmware has cleared WUF


def test_standby_takes_ram_and_dbgmcu_with_it() -> None:
    board = booted("standby_rtc")
    for bits, kept in ((7, True), (3, False)):
        board.drive_nrst(low=True)
        write(board, DBGMCU_CR, bits)
        write(board, 0x2000_1000, 0xCAFE_F00D)
        board.drive_nrst(low=False)
        board.spend(0.5)
        assert board.chip.power_mode is PowerMode.STANDBY
        board.drive_nrst(low=True)
        assert (read(board, DBGMCU_CR) == bits) is kept
        assert (read(board, 0x2000_1000) == 0xCAFE_F00D) is kept


# Watchdogs, lockup, faults


@pytest.mark.parametrize(("name", "flag"), [("iwdg_loop", IWDGRSTF), ("wwdg_loop", WWDGRSTF)])
def test_a_watchdog_resets_the_chip_each_2_ms(name: str, flag: int) -> None:
    board = booted(name)
    read(board, DHCSR)
    resets = 0
    for _ in range(100):
        board.spend(0.2e-3)
        resets += bool(read(board, DHCSR) & S_RESET_ST)
    assert resets == pytest.approx(10, abs=1)
    assert read(board, RCC_CSR) & flag


def test_the_independent_watchdog_goes_on_in_stop() -> None:
    board = booted("stop_wfi")
    write(board, IWDG_KR, 0xCCCC)
    board.spend(0.4)
    assert not read(board, RCC_CSR) & IWDGRSTF
    board.spend(0.02)  # 4096 x 4 / 40 kHz: 0.41 s
    assert read(board, RCC_CSR) & IWDGRSTF
    assert board.chip.power_mode is PowerMode.STOP


@pytest.mark.parametrize("name", RESET_LOOPS)
@pytest.mark.parametrize("frozen", [False, True])
def test_only_a_frozen_watchdog_lets_a_debugger_hold_the_core(name: str, frozen: bool) -> None:
    board = booted(name)
    write(board, DBGMCU_CR, 0x300 if frozen else 0)
    write(board, DHCSR, HALT)
    board.spend(0.01)
    assert bool(read(board, DHCSR) & S_HALT) is frozen


@pytest.mark.parametrize(
    ("name", "locked", "cfsr", "bfar"),
    [
        ("lockup", True, 0x8200, 0x6000_0000),  # PRECISERR, BFARVALID
        ("early_fault", False, 0x8200, 0x6000_0000),
        ("bad_stack", True, 0x8200, 0x2000_FFF8),  # the first push
        ("wrong_address", True, 0x1_0000, None),  # UNDEFINSTR: erased flash
    ],
)
def test_faults_leave_their_traces(name: str, locked: bool, cfsr: int, bfar: int | None) -> None:
    board = booted(name)
    assert bool(read(board, DHCSR) & S_LOCKUP) is locked
    assert read(board, CFSR) & cfsr == cfsr
    assert read(board, HFSR) & 1 << 30  # FORCED
    if bfar is not None:
        assert read(board, BFAR) == bfar


def test_an_application_without_vtor_ends_in_its_bootloaders_handler() -> None:
    board = booted("offset_app")
    assert board.chip.core.get(Reg.PC) == 0x0800_004A
    assert board.chip.core.get(Reg.IPSR) == 15  # SysTick


def test_firmware_protects_itself_from_the_next_power_on() -> None:
    board = booted("rdp1")
    assert read(board, 0x0800_0000) == 0x2000_5000
    board.power_cycle()
    board.spend(1.0)
    with pytest.raises(BusFault):
        read(board, 0x0800_0000)
    assert read(board, 0x4002_201C) & 2  # RDPRT
    assert board.chip.f1.ports["C"].edge_count[13] > 0


# No lockout


@pytest.mark.parametrize("name", [*LOOK_ALIKES, *RUNS_NOTHING, *RESET_LOOPS])
def test_swd_answers_all_the_time(name: str) -> None:
    board = booted(name)
    for _ in range(20):
        assert peek(attached(board), 0xE004_2000) & 0xFFF == 0x410
        board.spend(0.3e-3)


@pytest.mark.parametrize("name", ["jtag_off", "pa13_pa14_outputs"])
def test_a_look_alike_does_its_work(name: str) -> None:
    board = booted(name, uptime_s=1.1)
    assert board.chip.f1.ports["C"].edge_count[13] == 5


def test_a_long_delay_ends() -> None:
    board = booted("long_delay", uptime_s=9.9)
    edges = board.chip.f1.ports["C"].edge_count
    assert edges[13] == 0
    board.spend(0.5)
    assert edges[13] == 2
