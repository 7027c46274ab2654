#!/usr/bin/env python3
"""How long a write takes on a virtual STM32F103C8, by swdflash and by pyOCD's own command line.

Every tool is a process of its own that finds the same virtual ST-Link V2; its time is what
passed on the board from the tool's start to its end: SWD bits, USB packets and round trips, CPU
cycles, flash busy times, and what the tool slept. All seconds are simulated, but for the host's
CPU seconds. `floor` is what physics leaves of the case: the datasheet's typical times, the least
that must cross the wire, and 50 ms to connect.
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from swdflash.chips.chip import Chip
from swdflash.chips.data import chip_named
from swdflash.sim.board import VirtualBoard
from swdflash.sim.cables.exec import within_reach
from swdflash.sim.chip.nonvolatile import NonVolatile
from swdflash.sim.faults import FaultPlan
from swdflash.sim.wiring import Wiring

CONNECT_S = 0.05  # 25 to 40 round trips of 0.15 ms, and the probe's own start
CPU_HZ = 8_000_000  # HSI, the clock after reset (RM0008 §7.2.2)
CYCLES_PER_WORD = 10  # CRC unit: a load, a store, a loop
PYOCD = ("pyocd", "flash", "--target", "stm32f103rc")

# pyOCD's built-in target has the 2 KiB pages of a high-density chip; this says what a C8 has.
C8_SCRIPT = """
from pyocd.core.memory_map import FlashRegion

def will_connect(board):
    map = board.target.memory_map
    old = map.get_boot_memory()
    map.remove_region(old)
    map.add_region(FlashRegion(start=0x08000000, length=0x10000, blocksize=0x400,
                               is_boot_memory=True, algo=board.target.FLASH_ALGO
                               if hasattr(board.target, "FLASH_ALGO") else old.algo))
"""


@dataclass(frozen=True)
class Case:
    """A job: what is in flash before, what is to be in it, and how little that takes."""

    name: str
    before: bytes
    image: bytes
    floor_s: float


class Run(msgspec.Struct, frozen=True):
    """One tool's go at one case."""

    tool: str
    case: str
    simulated_s: float
    floor_s: float
    times_floor: float
    host_cpu_s: float
    byte_exact: bool
    exit_code: int
    erased_sectors: int


def firmware(chip: Chip, seed: int) -> bytes:
    """Flash full of noise behind a vector table that makes sense."""
    stack = chip.sram[0].end.to_bytes(4, "little")
    entry = (chip.flash.start + 0x101).to_bytes(4, "little")
    return stack + entry + random.Random(seed).randbytes(chip.flash.span.size - 8)


def floor_s(chip: Chip, erase_s: float, programmed: int) -> float:
    """Connect, erase, program each unit in its typical time, digest all of flash once."""
    digest_s = chip.flash.span.size / 4 * CYCLES_PER_WORD / CPU_HZ
    return CONNECT_S + erase_s + programmed / chip.flash.unit * chip.flash.program.typ + digest_s


def every_case(chip: Chip) -> tuple[Case, ...]:
    """The three jobs of a working day."""
    old, new, page = firmware(chip, 1), firmware(chip, 2), chip.flash.sectors[20]
    at = page.start - chip.flash.start + 100
    patched = new[:at] + bytes([new[at] ^ 0x5A]) + new[at + 1 :]
    times = chip.flash
    return (
        Case("full write", old, new, floor_s(chip, times.mass_erase.typ, len(new))),
        Case("unchanged", new, new, floor_s(chip, 0.0, 0)),
        Case("one page", new, patched, floor_s(chip, times.sector_erase.typ, page.size)),
    )


def every_tool(folder: Path) -> dict[str, Sequence[str]]:
    """Command lines by name; the image follows as `image.bin` in `folder`."""
    image, script = str(folder / "image.bin"), str(folder / "c8.py")
    tuned = ("--frequency", "4M", "--script", script)
    return {
        "swdflash": ("swdflash", "write", image, "--progress", "none"),
        "pyocd": (*PYOCD, "--erase", "chip", image),
        "pyocd tuned": (*PYOCD, *tuned, image),
        "pyocd tuned, chip erase": (*PYOCD, *tuned, "--erase", "chip", image),
    }


def run(tool: str, argv: Sequence[str], case: Case, chip: Chip, folder: Path) -> Run:
    """A fresh board, one tool, one case."""
    (folder / "image.bin").write_bytes(case.image)
    kept = NonVolatile.from_factory(chip, bytes(range(1, 13)))
    kept.flash[: len(case.before)] = case.before
    board = VirtualBoard(chip, kept, Wiring(serial="B" * 24))
    board.boot()
    started, spent = board.clock.now, cpu_seconds()
    with within_reach(board, FaultPlan({})) as environment:
        ended = subprocess.run(
            argv,
            env={**environment, "SWDFLASH_STATE_DIR": str(folder / "state")},
            cwd=folder,
            check=False,
            capture_output=True,
        )
    seconds = board.clock.now - started
    words = memoryview(kept.erase_counts).cast("I")
    return Run(
        tool=tool,
        case=case.name,
        simulated_s=round(seconds, 4),
        floor_s=round(case.floor_s, 4),
        times_floor=round(seconds / case.floor_s, 2),
        host_cpu_s=round(cpu_seconds() - spent, 2),
        byte_exact=kept.flash[: len(case.image)] == case.image,
        exit_code=ended.returncode,
        erased_sectors=sum(words),
    )


def cpu_seconds() -> float:
    """CPU time of this process (the board) and of the tools it ran."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def show(runs: Sequence[Run]) -> None:
    """A table for people."""
    table = Table("case", "tool", title="64 KiB, virtual STM32F103C8, ST-Link V2: simulated time")
    for heading in ("simulated s", "floor s", "x floor", "x swdflash", "host CPU s", "bytes"):
        table.add_column(heading, justify="right")
    ours = {each.case: each.simulated_s for each in runs if each.tool == "swdflash"}
    for each in runs:
        table.add_row(
            each.case,
            each.tool,
            f"{each.simulated_s:.3f}",
            f"{each.floor_s:.3f}",
            f"{each.times_floor:.2f}",
            f"{each.simulated_s / ours[each.case]:.2f}",
            f"{each.host_cpu_s:.2f}",
            "exact" if each.byte_exact else f"WRONG (exit {each.exit_code})",
        )
    Console().print(table)


def main() -> int:
    """Run every tool on every case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    wants_json = parser.parse_args().json
    chip = chip_named("STM32F103C8")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "c8.py").write_text(C8_SCRIPT, encoding="utf-8")
        runs = [
            run(tool, argv, case, chip, folder)
            for case in every_case(chip)
            for tool, argv in every_tool(folder).items()
        ]
    if wants_json:
        print(msgspec.json.encode({"simulated": True, "runs": runs}).decode())
    else:
        show(runs)
    return 0 if all(each.byte_exact for each in runs if each.tool == "swdflash") else 1


if __name__ == "__main__":
    sys.exit(main())
