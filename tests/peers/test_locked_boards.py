"""pyOCD and OpenOCD, unmodified, on boards that their firmware has locked.

They are the witnesses that these boards are locked as real ones are: a plain connect fails where it
should, a connect under reset works where the manual says so, and what is no lockout is none.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from swdflash.sim.board import VirtualBoard
from swdflash.sim.cables.exec import run_with_board
from swdflash.sim.cables.plug import Plug
from swdflash.sim.cables.stlink_tcp import StLinkServer
from swdflash.sim.faults import NO_FAULTS
from tests.firmware.boards import AP_WAITS, LOOK_ALIKES, RESET_LOOPS, SWD_DEAD, booted

PYOCD = [sys.executable, "-m", "pyocd", "cmd", "-t", "cortex_m"]
STATUS = ("-c", "status")
READ_IDCODE = ("-c", "read32 0xE0042000")
IDCODE = "20030410"  # of medium-density parts, revision X (RM0008 §31.6.1)
PRE_CONNECT = "reset_config srst_only srst_nogate connect_assert_srst"


class PyOcd:
    """Runs pyOCD's commander on a board; what it printed is kept."""

    def __init__(self, capfd: pytest.CaptureFixture[str]) -> None:
        self._capfd = capfd
        self.printed = ""

    def __call__(self, board: VirtualBoard, mode: str, *words: str) -> int:
        code = run_with_board(board, [*PYOCD, "-M", mode, *words], NO_FAULTS).exit_code
        self.printed = "".join(self._capfd.readouterr())
        return code


@pytest.fixture
def pyocd(capfd: pytest.CaptureFixture[str]) -> PyOcd:
    return PyOcd(capfd)


def openocd(board: VirtualBoard, *commands: str) -> subprocess.CompletedProcess[str]:
    with StLinkServer(Plug(board)) as server:
        words = (
            "bindto 127.0.0.1; tcl_port disabled; gdb_port disabled; telnet_port disabled",
            "source [find interface/stlink-dap.cfg]",
            f"st-link backend tcp {server.port}; transport select dapdirect_swd",
            "source [find target/stm32f1x.cfg]",
            *commands,
        )
        return subprocess.run(
            ["openocd", *(part for word in words for part in ("-c", word))],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


@pytest.mark.parametrize("name", SWD_DEAD)
def test_pyocd_gets_in_under_reset_alone(name: str, pyocd: PyOcd) -> None:
    board = booted(name)
    assert pyocd(board, "attach", *READ_IDCODE) != 0
    assert "Target not detected" in pyocd.printed
    assert pyocd(board, "under-reset", *STATUS, *READ_IDCODE) == 0
    assert IDCODE in pyocd.printed
    assert "Halted" in pyocd.printed


@pytest.mark.parametrize("name", AP_WAITS)
def test_pyocd_finds_a_debug_port_and_no_core_in_sleep(name: str, pyocd: PyOcd) -> None:
    board = booted(name, uptime_s=0.5002)
    assert pyocd(board, "attach", *READ_IDCODE) != 0
    assert "AP wait" in pyocd.printed
    assert "No cores were discovered" in pyocd.printed
    assert pyocd(board, "under-reset", *STATUS) == 0
    assert "Halted" in pyocd.printed


@pytest.mark.parametrize("name", ["swj_off", "stop_wfi", "sleep", "standby_rtc"])
def test_openocd_gets_in_under_reset_alone(name: str) -> None:
    board = booted(name)
    plain = openocd(board, "init", "mdw 0xE0042000", "shutdown")
    assert plain.returncode != 0
    under = openocd(board, PRE_CONNECT, "init", "reset halt", "mdw 0xE0042000", "shutdown")
    assert under.returncode == 0, under.stderr
    assert f"0xe0042000: {IDCODE}" in under.stderr


def test_openocds_low_power_bits_keep_a_plain_connect_alive() -> None:
    """Its stm32f1x.cfg sets DBGMCU_CR to 0x307 after examination; NRST does not clear that."""
    board = booted("stop_wfi")
    assert openocd(board, PRE_CONNECT, "init", "reset run", "shutdown").returncode == 0
    board.press_reset()
    board.spend(0.5)
    again = openocd(board, "init", "mdw 0xE0042004", "shutdown")
    assert "0xe0042004: 00000307" in again.stderr
    board.power_cycle()
    board.spend(1.0)
    assert openocd(board, "init", "shutdown").returncode != 0


@pytest.mark.parametrize("name", ["swj_off", "stop_wfi"])
def test_without_a_wire_at_nrst_nobody_gets_in(name: str, pyocd: PyOcd) -> None:
    board = booted(name, nrst_wired=False)
    assert pyocd(board, "under-reset", *READ_IDCODE) != 0
    assert openocd(board, PRE_CONNECT, "init", "reset halt", "shutdown").returncode != 0


@pytest.mark.parametrize("name", RESET_LOOPS)
def test_a_watchdog_takes_the_core_away_from_pyocd(name: str, pyocd: PyOcd) -> None:
    board = booted(name)
    assert pyocd(board, "halt", *STATUS, "-c", "sleep 10", *STATUS) == 0
    assert pyocd.printed.split().count("Running") == 1
    assert pyocd(board, "under-reset", "-c", "sleep 10", *STATUS) == 0
    assert "Running" not in pyocd.printed


def test_pyocd_sees_a_lockup(pyocd: PyOcd) -> None:
    assert pyocd(booted("lockup"), "attach", *STATUS) == 0
    assert "Lockup" in pyocd.printed


def test_pyocd_connects_to_a_protected_chip_and_reads_no_flash(pyocd: PyOcd) -> None:
    board = booted("rdp1")
    board.power_cycle()
    board.spend(1.0)
    assert pyocd(board, "attach", *READ_IDCODE) == 0
    assert pyocd(board, "attach", "-c", "read32 0x08000000") != 0
    assert "memory transfer failed" in pyocd.printed


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_a_look_alike_takes_a_plain_connect(name: str, pyocd: PyOcd) -> None:
    assert pyocd(booted(name), "attach", *READ_IDCODE) == 0
    assert IDCODE in pyocd.printed


def test_pyocd_sees_a_core_that_is_held_in_reset(pyocd: PyOcd) -> None:
    assert pyocd(booted("jtag_off", nrst_shorted=True), "attach", *STATUS) == 0
    assert "Reset" in pyocd.printed


def test_pyocd_connects_over_bad_wires_at_a_slow_clock(pyocd: PyOcd) -> None:
    board = booted("jtag_off", swclk_limit_hz=300_000)
    assert pyocd(board, "attach", "-f", "4M", *READ_IDCODE) != 0
    assert pyocd(board, "attach", "-f", "240k", "-c", "read32 0x08000000 1024") == 0
    assert "08000000:  20005000" in pyocd.printed
