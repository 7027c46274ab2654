"""One board, a probe and a serial adapter at it: what SWD starts, the serial port finds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import serial

from swdflash.api.boot import boot_flash
from swdflash.links.engine import Engine
from swdflash.links.pace import Pace
from swdflash.links.rom_factory import open_at
from swdflash.links.via import parse
from swdflash.sim.board import VirtualBoard
from swdflash.sim.cables.serial_adapter import SerialAdapter
from swdflash.sim.cables.serial_faults import SerialFaults
from swdflash.sim.cables.serialport.socket import plugged_serial
from swdflash.sim.faults import NO_FAULTS
from swdflash.sim.wiring import Line
from swdflash.target.boot_errors import StillInRom
from swdflash.target.boot_flash import boot_flash_over_debug
from swdflash.target.boot_rom import start_rom
from swdflash.target.errors import ReadProtected
from swdflash.target.identify_rom import identify_rom
from swdflash.target.rom_target import RomTarget
from tests.recovery.scene import make_board, on_bench
from tests.target.test_boot import attached

SYNC, ACK = b"\x7f", b"\x79"
PORT = "uart:/dev/ttyUSB0"
LINES = f"{PORT}?boot0=rts&nrst=dtr"


@contextmanager
def port_of(board: VirtualBoard) -> Iterator[str]:
    with plugged_serial("two-cables", SerialAdapter(board, SerialFaults(NO_FAULTS))) as place:
        yield place


@contextmanager
def by_serial(board: VirtualBoard, via: str = PORT) -> Iterator[RomTarget]:
    """The chip by its ROM, on the board's clock."""
    pace = Pace(lambda: board.clock.now, board.spend, simulated=True)
    with (
        port_of(board) as place,
        open_at(parse(via, Engine.AUTO), place, pace, timeout_s=0.0) as link,
    ):
        yield identify_rom(link)


@pytest.mark.parametrize("engine", [Engine.PYOCD, Engine.OPENOCD])
@pytest.mark.parametrize("firmware", ["blinky", "iwdg_loop", "lockup", ""])
def test_the_rom_that_swd_starts_answers_0x7f(firmware: str, engine: Engine) -> None:
    board = make_board(firmware, uptime_s=0.001)
    with on_bench(board, engine) as scene, attached(scene) as target:
        start_rom(target)
    board.spend(1.0)
    with (
        port_of(board) as place,
        serial.serial_for_url(place, baudrate=115_200, parity="E", timeout=0.5) as port,
    ):
        port.write(SYNC)
        assert port.read() == ACK
        port.write(b"\x02\xfd")
        assert port.read(5) == b"\x79\x01\x04\x10\x79"  # Get ID: 0x410


def test_a_protected_chip_takes_its_boot_pins() -> None:
    """A debugged core may not fetch its vectors from protected flash (PM0075 §2.4.1)."""
    board = make_board("blinky", rdp=1)
    with on_bench(board) as scene, attached(scene) as target, pytest.raises(ReadProtected):
        start_rom(target)
    board = make_board("blinky", rdp=1, boot0=1)
    with on_bench(board) as scene, attached(scene) as target:
        assert start_rom(target).by_pins
    with by_serial(board) as rom:
        assert rom.link.about.protected


def test_there_by_swd_back_by_the_rom() -> None:
    board = make_board("blinky")
    with on_bench(board) as scene, attached(scene) as target:
        start_rom(target)
    with by_serial(board) as rom:
        assert "does not answer" in boot_flash(rom).seen
    assert not board.chip.rom.running
    board.spend(0.1)
    assert board.chip.core.halted is False


def test_there_by_the_lines_back_by_swd() -> None:
    board = make_board("blinky", serial_boot0=Line.RTS, serial_nrst=Line.DTR)
    with on_bench(board) as scene:
        with by_serial(board, LINES) as rom:
            rom.link.stay()
        assert board.chip.rom.listening
        with attached(scene) as target:
            state = boot_flash_over_debug(target)
    assert state is not None
    assert not board.chip.rom.running


def wired(**wires: Any) -> VirtualBoard:
    board = make_board("blinky", **wires)
    board.boot()
    return board


def test_there_and_back_by_the_lines() -> None:
    board = wired(serial_boot0=Line.RTS, serial_nrst=Line.DTR)
    assert not board.chip.rom.running
    with by_serial(board, LINES) as rom:
        assert board.chip.rom.listening
        starts = board.chip.rom.starts
        boot_flash(rom)
    assert not board.chip.rom.running
    assert board.chip.rom.starts == starts


def test_a_jumper_against_the_lines_is_told_of() -> None:
    board = wired(boot0=1, serial_nrst=Line.DTR)
    with by_serial(board, LINES) as rom, pytest.raises(StillInRom, match="goes on answering"):
        boot_flash(rom)
    assert board.chip.rom.listening


def test_read_protection_is_passed_by_the_lines_alone() -> None:
    board = make_board("blinky", rdp=1, boot0=1)
    board.boot()
    with by_serial(board) as rom, pytest.raises(StillInRom, match="read protection"):
        boot_flash(rom)
    assert board.chip.rom.listening
    board = make_board("blinky", rdp=1, serial_boot0=Line.RTS, serial_nrst=Line.DTR)
    board.boot()
    with by_serial(board, LINES) as rom:
        boot_flash(rom)
    assert not board.chip.rom.running
