"""The figures of the ROM bootloaders, for a few KiB: `bench.py --rom` counts what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import bench_dfu, bench_rom, bench_uart
from scripts.bench_figure import Figure, board_in_rom, firmware
from swdflash.chips.data import chip_named
from tests.peers.serial_line import build_shim

F103, F405 = chip_named(bench_uart.CHIP), chip_named(bench_dfu.CHIP)
KIB = 1024


@pytest.mark.parametrize("baud", bench_uart.BAUDS)
def test_jobs_over_uart_take_little_more_than_their_bytes(baud: int, tmp_path: Path) -> None:
    full, *others = [
        bench_uart.by_swdflash(F103, case, baud, tmp_path)
        for case in bench_uart.every_case(F103, baud, 8 * KIB)
    ]
    assert full.byte_exact
    assert 1 <= full.times_floor < 1.3
    for other in others:  # getting in step is a large part of so little
        assert other.byte_exact
        assert 0 <= other.simulated_s - other.floor_s < 0.15


def test_the_wires_minimum_is_made_of_bytes_and_of_what_the_chip_takes() -> None:
    """At 110 baud a byte takes a tenth of a second, beside which flash takes nothing."""
    wire = bench_uart.Wire(F103, 110)
    assert wire.read_s(512) == pytest.approx(2 * 26.6)
    assert wire.write_s(512) == pytest.approx(2 * 26.6, abs=0.02)
    assert wire.erase_s(64) == pytest.approx(0.5 + 0.03)
    assert wire.erase_s(2) == pytest.approx(0.7 + 0.06)
    fast = bench_uart.Wire(F103, 10**9)
    assert fast.write_s(256) == pytest.approx(128 * 52.5e-6 + 64 * 70 / 24e6, abs=1e-5)


def test_programs_at_a_terminal_are_timed_on_the_same_board(tmp_path: Path) -> None:
    shim = build_shim(tmp_path)
    case, *_ = bench_uart.every_case(F103, 460_800, 4 * KIB)
    runs = {
        tool: bench_uart.by_process(F103, case, tool, 460_800, tmp_path, shim)
        for tool in bench_uart.TOOLS
    }
    assert all(run.byte_exact and not run.exit_code for run in runs.values()), runs
    assert 1 <= runs["swdflash, terminal"].times_floor < 1.3
    assert runs["stm32flash"].simulated_s > runs["swdflash, terminal"].simulated_s


@pytest.mark.parametrize("verify", [True, False])
def test_jobs_over_dfu_take_little_more_than_the_device(verify: bool, tmp_path: Path) -> None:
    blank, full, same = [
        bench_dfu.by_swdflash(F405, case, "swdflash", tmp_path, verify=verify)
        for case in bench_dfu.every_case(F405, 32 * KIB, verify=verify)
    ]
    assert full.byte_exact
    assert 1 <= full.times_floor < 1.3
    for other in (blank, same):  # finding out what it is is a large part of so little
        assert other.byte_exact
        assert 0 <= other.simulated_s - other.floor_s < 0.2


def test_dfu_util_is_charged_with_the_pauses_that_the_device_asks_for(tmp_path: Path) -> None:
    """Sector by sector and byte by byte, 2 KiB at a time, each with an address of its own."""
    _, full, _ = bench_dfu.every_case(F405, 16 * KIB, verify=False)
    bytewise, told = (bench_dfu.by_process(F405, full, tool, tmp_path) for tool in bench_dfu.TOOLS)
    assert bytewise.byte_exact
    assert told.byte_exact
    assert (bytewise.exit_code, told.exit_code) == (0, 0)
    assert bytewise.simulated_s == pytest.approx(0.4 + 8 * (2048 * 17e-6 + 0.005 + 0.004), rel=0.05)
    assert told.simulated_s == pytest.approx(0.25 + 8 * (512 * 17e-6 + 0.005 + 0.004), rel=0.1)


def test_flash_is_what_the_case_says(tmp_path: Path) -> None:
    image = firmware(F103, 1, 2 * KIB)
    board, kept = board_in_rom(F103, image)
    assert board.chip.rom is not None
    assert board.chip.rom.running
    assert kept.flash[: len(image)] == image


def test_what_is_too_slow_or_wrong_is_said() -> None:
    def made(tool: str, seconds: float, *, exact: bool = True) -> Figure:
        return Figure(
            way="UART 115200",
            case="full write",
            tool=tool,
            simulated_s=seconds,
            floor_s=10,
            byte_exact=exact,
            exit_code=0,
        )

    assert list(bench_rom.misses([made("swdflash", 10.9), made("stm32flash", 11)])) == []
    slow = bench_rom.misses([made("swdflash", 11.2), made("stm32flash", 11)])
    assert [line.partition(": ")[2] for line in slow] == [
        "1.120 times the least, not 1.1",
        "stm32flash is faster",
    ]
    (wrong,) = bench_rom.misses([made("swdflash", 10.2, exact=False)])
    assert wrong.endswith("WRONG")
