"""Every kind of STM32 that can be a virtual board is written by OpenOCD, then by swdflash.

OpenOCD brings its own flash drivers, and code for the chip's core, which runs in SRAM: a witness
for the flash controller, the core and the debug port of each family.
"""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

import swdflash
from swdflash.chips.chip import Chip
from swdflash.chips.data import devices
from swdflash.events import ignore
from swdflash.flashing.errors import NoLoader
from swdflash.sim.board import VirtualBoard
from swdflash.sim.cables.plug import Plug
from swdflash.sim.cables.stlink_tcp import StLinkServer
from swdflash.sim.chip.nonvolatile import NonVolatile
from swdflash.sim.faults import FaultPlan
from swdflash.sim.opening import plugged
from swdflash.sim.wiring import Wiring

QUIET = "bindto 127.0.0.1; tcl_port disabled; gdb_port disabled; telnet_port disabled"


def every_chip() -> list[Chip]:
    """The smallest and the largest part of each DEV_ID."""
    return [
        device.chip(kib)
        for device in devices()
        for kib in sorted({min(device.sizes), max(device.sizes)})
    ]


@pytest.fixture(params=every_chip(), ids=lambda chip: f"{chip.name}-{chip.flash.span.size >> 10}k")
def chip(request: pytest.FixtureRequest) -> Chip:
    found: Chip = request.param
    return found


def test_openocd_and_swdflash_agree(chip: Chip, tmp_path: Path) -> None:
    flash = NonVolatile.from_factory(chip, bytes(range(1, 13)))
    board = VirtualBoard(chip, flash, Wiring(serial="066DFF535051717867112233"))
    board.boot()
    data = random.Random(chip.name).randbytes(2 * 2048 + 2)
    (tmp_path / "noise.bin").write_bytes(data)
    last = chip.flash.end - 3 * 2048

    with StLinkServer(Plug(board)) as server:
        openocd(server.port, chip, f"flash write_image erase {tmp_path}/noise.bin {last:#x}")
    at = last - chip.flash.start
    assert flash.flash[at : at + len(data)] == data

    with plugged(board, FaultPlan({})) as found, swdflash.open_target(f"pyocd:{found.uid}") as it:
        assert it.chip.flash.span == chip.flash.span
        assert it.chip.dev_id == chip.dev_id
        image = swdflash.Image.of(last + 100, b"beside")
        if chip.loader is None:  # swdflash comes by the ROM there
            with pytest.raises(NoLoader):
                swdflash.prepare_write(it, image, journals=tmp_path).carry_out(ignore)
            return
        prepared = swdflash.prepare_write(it, image, journals=tmp_path)
        prepared.carry_out(ignore)
    assert flash.flash[at : at + len(data)] == data[:100] + b"beside" + data[106:]


def openocd(port: int, chip: Chip, *commands: str) -> None:
    family = f"target/{chip.family.lower()}x.cfg"
    config = "target/stm32xl.cfg" if len(chip.flash.banks) > 1 else family
    backend = f"st-link backend tcp {port}; transport select dapdirect_swd"
    files = ["-f", "interface/stlink-dap.cfg", "-c", backend, "-f", config]
    words = [w for each in ("init", "reset halt", *commands, "shutdown") for w in ("-c", each)]
    ran = subprocess.run(
        ["openocd", "-c", QUIET, *files, *words],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
