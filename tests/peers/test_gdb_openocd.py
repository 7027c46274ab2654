"""gdb, through OpenOCD, on a board that runs blinky: the way that people debug."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.peers.openocd import BUS_PIRATE, DAPDIRECT, HLA, Way, rig

BLINKY = Path(__file__).parents[2] / "examples" / "blinky" / "blinky.elf"
SCRIPT = (
    "monitor reset halt",
    "load",
    "compare-sections",
    "break systick_handler",  # blinky has no main; this comes 1 ms after its start
    "continue",
    "print/x $pc",
    "info breakpoints",
    "delete",
    "monitor reset halt",
    "maintenance flush register-cache",
    "print/x $pc",
    "print/x $sp",
)


@pytest.mark.parametrize("way", [DAPDIRECT, HLA, BUS_PIRATE], ids=str)
def test_load_break_continue_reset(way: Way, tmp_path: Path) -> None:
    with rig("STM32F103C8", way) as (board, options):
        server = ["openocd", "-c", f"gdb_port pipe; log_output {tmp_path}/log", *options]
        quiet = ["-c", "tcl_port disabled; telnet_port disabled", "-f", "target/stm32f1x.cfg"]
        reach = f"target extended-remote | {shlex.join([*server, *quiet])}"
        script = ("set confirm off", "set remotetimeout 30", reach, *SCRIPT)
        gdb = subprocess.run(
            ["gdb-multiarch", "-nx", "-batch", BLINKY, *(f"-ex={line}" for line in script)],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        flash = board.flash

    said = gdb.stdout
    assert "matched." in said, gdb.stderr
    assert "MIS-MATCHED" not in said
    assert re.search(r"Breakpoint 1, 0x0800015\d in systick_handler", said)
    assert "breakpoint already hit 1 time" in said
    entry, stack = (int.from_bytes(flash[at : at + 4], "little") for at in (4, 0))
    assert f"$2 = {entry & ~1:#x}" in said
    assert f"$3 = {stack:#x}" in said
