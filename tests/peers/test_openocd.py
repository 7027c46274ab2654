"""OpenOCD 0.12, unmodified: a second driver for the same probe, by its own command sets."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from swdflash.chips.data import chip_named
from swdflash.sim.board import VirtualBoard
from swdflash.sim.cables.plug import Plug
from swdflash.sim.cables.stlink_tcp import StLinkServer
from swdflash.sim.chip.nonvolatile import NonVolatile
from swdflash.sim.wiring import Wiring

DAP = ("interface/stlink-dap.cfg", "st-link backend tcp {port}; transport select dapdirect_swd")
HLA = ("interface/stlink.cfg", "hla_stlink_backend tcp {port}; transport select hla_swd")


def openocd(plug: Plug, way: tuple[str, str], *commands: str) -> subprocess.CompletedProcess[str]:
    with StLinkServer(plug) as server:
        return subprocess.run(
            [
                "openocd",
                "-c",
                "bindto 127.0.0.1; tcl_port disabled; gdb_port disabled; telnet_port disabled",
                *("-f", way[0], "-c", way[1].format(port=server.port), "-f", "target/stm32f1x.cfg"),
                *(word for command in commands for word in ("-c", command)),
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


@pytest.mark.parametrize("way", [DAP, HLA], ids=["dapdirect", "hla"])
@pytest.mark.parametrize("probe", ["st-link-v2", "v3"])
def test_openocd_writes_and_verifies(way: tuple[str, str], probe: str, tmp_path: Path) -> None:
    image = random.Random(12).randbytes(8 * 1024)
    (tmp_path / "random.bin").write_bytes(image)
    chip = chip_named("STM32F103C8")
    cells = NonVolatile.from_factory(chip, b"openocd's id")
    board = VirtualBoard(chip, cells, Wiring(serial="066DFF535051717867112233", probe=probe))
    board.boot()

    ran = openocd(
        Plug(board),
        way,
        "init",
        "reset halt",
        f"flash write_image erase {tmp_path}/random.bin 0x08000000",
        f"verify_image {tmp_path}/random.bin 0x08000000",
        "shutdown",
    )

    assert ran.returncode == 0, ran.stderr
    assert "verified 8192 bytes" in ran.stderr
    assert cells.flash[: len(image)] == image


def test_time_passes_as_on_a_real_board(tmp_path: Path) -> None:
    """OpenOCD, an ST-Link V2 and an F103 of 128 KiB: 31.1 KiB/s written, 61 KiB/s verified.

    Measured on hardware (notes in github.com/asakasinsky/STM32); the chip sets both rates: flash,
    and OpenOCD's loops on a core at 8 MHz. The board's figures mean nothing if it is not close.
    """
    file = tmp_path / "random.bin"
    file.write_bytes(random.Random(3).randbytes(32 * 1024))
    chip = chip_named("STM32F103CB")
    board = VirtualBoard(
        chip, NonVolatile.from_factory(chip, bytes(12)), Wiring(serial="066DFF535051717867112233")
    )
    board.boot()
    plug = Plug(board)

    def seconds(*commands: str) -> float:
        before = board.clock.now
        assert openocd(plug, HLA, "init", "reset halt", *commands, "shutdown").returncode == 0
        return board.clock.now - before

    idle = seconds()
    written = seconds(f"flash write_image {file} 0x08000000") - idle
    verified = seconds(f"verify_image {file} 0x08000000") - idle

    assert 32 / written == pytest.approx(31.1, rel=0.15)
    assert 32 / verified == pytest.approx(61, rel=0.15)


def test_a_silent_target_is_told_as_such() -> None:
    chip = chip_named("STM32F103C8")
    board = VirtualBoard(chip, NonVolatile.from_factory(chip, bytes(12)), Wiring(serial="0" * 24))
    ran = openocd(Plug(board), DAP, "init", "shutdown")
    assert "init mode failed (unable to connect to the target)" in ran.stderr
    assert "target voltage may be too low" in ran.stderr
