"""pyOCD's own command line, unmodified, on a virtual STM32F103RC.

What it wrote is read from the board's memory, not through pyOCD.
"""

from __future__ import annotations

import random
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from swdflash.chips.data import chip_named
from swdflash.sim.board import VirtualBoard
from swdflash.sim.cables.exec import run_with_board, within_reach
from swdflash.sim.chip.nonvolatile import NonVolatile
from swdflash.sim.faults import NO_FAULTS, FaultPlan
from swdflash.sim.wiring import Wiring

PYOCD = [sys.executable, "-m", "pyocd"]
SERIAL = "0667FF575251717867094532"
PAGE = 2048


class Rig:
    """A board with a probe, and what is in its flash."""

    def __init__(self, firmware: bytes = b"", *, nrst_wired: bool = True) -> None:
        chip = chip_named("STM32F103RC")
        self.cells = NonVolatile.from_factory(chip, b"peers in uid")
        self.cells.flash[: len(firmware)] = firmware
        wiring = Wiring(serial=SERIAL, probe="v2-1", nrst_wired=nrst_wired)
        self.board = VirtualBoard(chip, self.cells, wiring)
        self.board.boot()

    def run(self, *argv: str, faults: FaultPlan = NO_FAULTS) -> int:
        return run_with_board(self.board, [*PYOCD, *argv], faults).exit_code


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    yield rig
    rig.cells.close()


@pytest.fixture
def image() -> bytes:
    return random.Random(103).randbytes(20_002)


def test_list_names_the_probe(rig: Rig, capfd: pytest.CaptureFixture[str]) -> None:
    assert rig.run("list") == 0
    assert SERIAL in capfd.readouterr().out


def test_a_word_is_read(rig: Rig, capfd: pytest.CaptureFixture[str]) -> None:
    assert rig.run("cmd", "-t", "cortex_m", "-c", "read32 0xE0042000") == 0
    idcode = re.search(r"e0042000:\s+([0-9a-f]{8})", capfd.readouterr().out)
    assert idcode is not None
    assert int(idcode[1], 16) & 0xFFF == 0x414  # DEV_ID of high-density chips (RM0008 §31.6.1)


def test_flash_programs_byte_for_byte(rig: Rig, image: bytes, tmp_path: Path) -> None:
    file = tmp_path / "random.bin"
    file.write_bytes(image)

    assert rig.run("flash", "-t", "stm32f103rc", "-f", "4M", str(file)) == 0

    assert rig.cells.flash[: len(image)] == image
    assert set(rig.cells.flash[-(-len(image) // PAGE) * PAGE :]) == {0xFF}


def test_erase_takes_one_page_and_no_more(rig: Rig) -> None:
    rig.cells.flash[: 3 * PAGE] = bytes(3 * PAGE)

    assert rig.run("erase", "-t", "stm32f103rc", "--sector", f"{0x0800_0000 + PAGE:#x}") == 0

    assert rig.cells.flash[: 3 * PAGE] == bytes(PAGE) + b"\xff" * PAGE + bytes(PAGE)


def test_gdb_loads_and_compares(rig: Rig, image: bytes, tmp_path: Path) -> None:
    (tmp_path / "random.bin").write_bytes(image)
    subprocess.run(
        [
            "arm-none-eabi-ld",
            "-Tdata=0x08000000",
            "-e0",
            "-b",
            "binary",
            "random.bin",
            "-o",
            "x.elf",
        ],
        cwd=tmp_path,
        check=True,
    )
    port = free_port()
    server = [*PYOCD, "gdbserver", "-t", "stm32f103rc", "-f", "4M", "-p", str(port), "-T", "0"]
    with (
        within_reach(rig.board, NO_FAULTS) as environment,
        subprocess.Popen(server, env=environment, stderr=subprocess.PIPE, text=True) as pyocd,
    ):
        try:
            assert pyocd.stderr is not None
            assert any("listening on port" in line for line in pyocd.stderr)
            script = (f"target extended-remote :{port}", "load", "compare-sections")
            gdb = subprocess.run(
                ["gdb-multiarch", "-nx", "-batch", "x.elf", *(f"-ex={line}" for line in script)],
                cwd=tmp_path,
                capture_output=True,
                text=True,
                check=False,
                timeout=100,
            )
        finally:
            pyocd.kill()

    assert "Section .data, range 0x8000000 -- 0x8004e22: matched." in gdb.stdout, gdb.stderr
    assert rig.cells.flash[: len(image)] == image


def test_an_unplugged_probe_ends_pyocd_with_an_error(rig: Rig, tmp_path: Path) -> None:
    file = tmp_path / "zeros.bin"
    file.write_bytes(bytes(4096))
    plan = FaultPlan.parse("unplug@200")
    assert rig.run("flash", "-t", "stm32f103rc", str(file), faults=plan) != 0


CUTS_SWD = """
    .syntax unified
    .thumb
    .word 0x20005000, start + 1
start:
    ldr r0, =0x40021018  @ RCC_APB2ENR
    movs r1, #1          @ AFIOEN
    str r1, [r0]
    ldr r0, =0x40010004  @ AFIO_MAPR
    ldr r1, =0x04000000  @ SWJ_CFG = 0b100: SWD off
    str r1, [r0]
    b .
"""


def assemble(source: str, folder: Path) -> bytes:
    """Thumb code linked to the start of flash."""
    (folder / "x.s").write_text(source)
    for command in (
        ["arm-none-eabi-as", "-mcpu=cortex-m3", "x.s", "-o", "x.o"],
        ["arm-none-eabi-ld", "-Ttext=0x08000000", "-e0", "x.o", "-o", "x.elf"],
        ["arm-none-eabi-objcopy", "-O", "binary", "x.elf", "x.bin"],
    ):
        subprocess.run(command, cwd=folder, check=True)
    return (folder / "x.bin").read_bytes()


@pytest.mark.parametrize(("nrst_wired", "reached"), [(True, True), (False, False)])
def test_connect_under_reset_reaches_firmware_that_cuts_swd(
    nrst_wired: bool, reached: bool, tmp_path: Path
) -> None:
    rig = Rig(assemble(CUTS_SWD, tmp_path), nrst_wired=nrst_wired)
    read = ("cmd", "-t", "cortex_m", "-c", "read32 0xE0042000")

    assert rig.run(*read, "-M", "attach") != 0
    assert (rig.run(*read, "-M", "under-reset") == 0) == reached


def free_port() -> int:
    """A TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
