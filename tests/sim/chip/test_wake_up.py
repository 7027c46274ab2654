"""What ends Stop and Standby: lines of EXTI, the RTC's alarm, the WKUP pin."""

from __future__ import annotations

import pytest

from swdflash.sim.board import VirtualBoard
from swdflash.sim.bus import Master
from swdflash.sim.chip.power_mode import PowerMode
from swdflash.sim.chip.registers import Reg
from tests.firmware.boards import booted

APB2ENR, APB1ENR, BDCR, CSR = 0x4002_1018, 0x4002_101C, 0x4002_1020, 0x4002_1024
RCC_CR, RCC_CFGR = 0x4002_1000, 0x4002_1004
EXTICR1 = 0x4001_0008
EXTI_IMR, EXTI_EMR, EXTI_RTSR, EXTI_PR = 0x4001_0400, 0x4001_0404, 0x4001_0408, 0x4001_0414
ISER0, ISER1 = 0xE000_E100, 0xE000_E104
PWR_CR, PWR_CSR = 0x4000_7000, 0x4000_7004
RTC_CRL, RTC_PRLL = 0x4000_2804, 0x4000_280C
RTC_CNTL, RTC_ALRH, RTC_ALRL = 0x4000_281C, 0x4000_2820, 0x4000_2824
DBGMCU_CR, SCR = 0xE004_2004, 0xE000_ED10
TIM2_CR1, TIM2_CNT = 0x4000_0000, 0x4000_0024
CNF = 1 << 4


def read(board: VirtualBoard, address: int) -> int:
    return board.chip.bus.read(address, 4, Master.DEBUG)


def write(board: VirtualBoard, address: int, value: int) -> None:
    board.chip.bus.write(address, 4, value, Master.DEBUG)


def start_rtc(board: VirtualBoard, alarm_in: int) -> None:
    """100 ticks a second from LSI, and an alarm."""
    write(board, APB1ENR, read(board, APB1ENR) | 3 << 27)
    write(board, PWR_CR, 1 << 8)  # DBP
    write(board, BDCR, 1 << 15 | 2 << 8)
    write(board, RTC_CRL, CNF)
    write(board, RTC_PRLL, 399)
    write(board, RTC_ALRH, 0)
    write(board, RTC_ALRL, alarm_in)
    write(board, RTC_CRL, 0)


def in_handler(board: VirtualBoard) -> int:
    """The exception that the core is handling."""
    return board.chip.core.get(Reg.IPSR)


@pytest.mark.parametrize(("pin", "irq"), [("PA0", 6), ("PB7", 23), ("PC13", 40)])
def test_a_pins_edge_ends_stop_and_is_handled(pin: str, irq: int) -> None:
    board = booted("stop_dbgmcu")
    line, port = int(pin[2:]), "ABC".index(pin[1])
    write(board, APB2ENR, 1)
    write(board, EXTICR1 + line // 4 * 4, port << line % 4 * 4)
    write(board, EXTI_IMR, 1 << line)
    write(board, EXTI_RTSR, 1 << line)
    write(board, ISER0 + irq // 32 * 4, 1 << irq % 32)
    board.drive_pin("PD2", 1)
    board.spend(0.01)
    modes = [board.chip.power_mode]
    board.drive_pin(pin, 1)
    board.spend(0.01)
    modes.append(board.chip.power_mode)
    assert modes == [PowerMode.STOP, PowerMode.RUN]
    assert in_handler(board) == 16 + irq
    assert read(board, EXTI_PR) == 1 << line
    write(board, EXTI_PR, 1 << line)
    assert read(board, EXTI_PR) == 0


def test_the_rtcs_alarm_ends_stop_by_line_17() -> None:
    board = booted("stop_dbgmcu")
    write(board, EXTI_IMR, 1 << 17)
    write(board, EXTI_RTSR, 1 << 17)
    write(board, ISER1, 1 << 41 - 32)
    start_rtc(board, alarm_in=50)
    board.spend(0.49)
    assert board.chip.power_mode is PowerMode.STOP
    assert read(board, RTC_CNTL) in (48, 49)
    board.spend(0.02)
    assert in_handler(board) == 16 + 41


def test_an_event_ends_stop_by_wfe_without_a_handler() -> None:
    board = booted("stop_wfe")
    board.drive_nrst(low=True)
    write(board, DBGMCU_CR, 2)
    board.drive_nrst(low=False)
    board.spend(0.01)
    slept_at = board.chip.core.cycles
    write(board, APB2ENR, 1)
    write(board, EXTI_EMR, 1)
    write(board, EXTI_RTSR, 1)
    board.drive_pin("PA0", 1)
    board.spend(0.01)
    assert board.chip.core.cycles > slept_at  # once around the loop, and asleep again
    assert board.chip.power_mode is PowerMode.STOP
    assert in_handler(board) == 0


def test_after_stop_hsi_is_the_system_clock() -> None:
    board = booted("stop_dbgmcu")
    write(board, RCC_CR, read(board, RCC_CR) | 1 << 16)
    write(board, RCC_CFGR, 1)
    write(board, APB2ENR, 1)
    write(board, EXTI_IMR, 1)
    write(board, EXTI_RTSR, 1)
    write(board, ISER0, 1 << 6)
    assert read(board, RCC_CFGR) == 0b0101
    board.drive_pin("PA0", 1)
    board.spend(1e-3)
    assert read(board, RCC_CFGR) == 0
    assert not read(board, RCC_CR) & 1 << 16


def test_wkup_ends_standby_if_it_is_enabled() -> None:
    board = booted("standby_rtc")
    pwr = board.chip.f1.pwr
    board.drive_pin("PA0", 1)
    board.spend(1e-3)
    modes = [board.chip.power_mode]
    board.drive_pin("PA0", 0)
    pwr.CSR |= 1 << 8  # EWUP
    lost_at_s = board.chip.swd_lost
    board.drive_pin("PA0", 1)
    board.spend(1e-3)
    modes.append(board.chip.power_mode)
    assert modes == [PowerMode.STANDBY] * 2
    assert board.chip.swd_lost != lost_at_s  # it was awake, and went back


def test_a_timer_stands_still_in_stop() -> None:
    board = booted("sleep_systick")
    write(board, APB1ENR, 1)
    write(board, TIM2_CR1, 1)
    write(board, SCR, 1 << 2)
    counts = []
    for _ in range(3):
        board.spend(2e-3)
        counts.append(read(board, TIM2_CNT))
    assert board.chip.power_mode is PowerMode.STOP
    assert counts[0] == counts[1] == counts[2] > 0


@pytest.mark.parametrize("locked_by", ["DBP", "CNF"])
def test_the_rtc_is_write_protected(locked_by: str) -> None:
    board = booted("jtag_off")
    start_rtc(board, alarm_in=500)
    board.spend(0.1)
    if locked_by == "DBP":
        write(board, PWR_CR, 0)
        write(board, RTC_CRL, CNF)
    write(board, RTC_CNTL, 0)
    assert read(board, RTC_CNTL) in (9, 10)
    assert board.log


def test_bdcr_is_write_protected_and_outlives_a_reset() -> None:
    board = booted("jtag_off")
    write(board, BDCR, 2 << 8 | 1 << 15)
    assert read(board, BDCR) == 0
    start_rtc(board, alarm_in=500)
    board.drive_nrst(low=True)
    board.drive_nrst(low=False)
    assert read(board, BDCR) == 2 << 8 | 1 << 15
    write(board, APB1ENR, 3 << 27)
    write(board, PWR_CR, 1 << 8)
    write(board, BDCR, 1 << 16)  # BDRST
    write(board, BDCR, 0)
    assert read(board, BDCR) == 0
    assert read(board, RTC_CNTL) == 0
