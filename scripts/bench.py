#!/usr/bin/env python3
"""How long a write takes on a virtual STM32F103C8: by swdflash, by pyOCD alone, by OpenOCD alone.

Every tool is a process of its own that finds the same virtual ST-Link V2, Python programs on USB
and OpenOCD behind an ST-Link server; its time is what passed on the board from the tool's start
to its end: SWD bits, USB packets and round trips, CPU cycles, flash busy times, and what a
Python program slept. (OpenOCD 0.12 sleeps 0.1 s in all, before the first halt and never while it
writes or verifies: that is not counted.) All seconds are simulated, but for the host's CPU
seconds. `floor` is what physics leaves of the case: the datasheet's typical times, the least that
must cross the wire, and 50 ms to connect.
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
from swdflash.sim.cables.plug import Plug
from swdflash.sim.cables.stlink_tcp import StLinkServer
from swdflash.sim.chip.nonvolatile import NonVolatile
from swdflash.sim.faults import FaultPlan
from swdflash.sim.wiring import Wiring

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts import bench_recover, bench_rom

CONNECT_S = 0.05  # 25 to 40 round trips of 0.15 ms, and the probe's own start
CPU_HZ = 8_000_000  # HSI, the clock after reset (RM0008 §7.2.2)
CYCLES_PER_WORD = 10  # CRC unit: a load, a store, a loop
BESIDE = Path(sys.executable).parent  # where the environment of this script has its programs
SWDFLASH = (str(BESIDE / "swdflash"), "write")
PYOCD = (str(BESIDE / "pyocd"), "flash", "--target", "stm32f103rc")
OPENOCD = ("openocd", "-c", "tcl_port disabled; gdb_port disabled; telnet_port disabled")
PROBE_CFG = """
source [find interface/{file}]
{backend} tcp {port}
transport select {transport}
"""

# OpenOCD with an ST-Link V2 wrote and verified 128 KiB of a real F103, after a mass erase, in this
# time (notes in github.com/asakasinsky/STM32: 31.1 and 61 KiB/s). The chip sets both.
MEASURED_S = {"write": 4.11, "verify": 2.09}
CALIBRATED_WITHIN = 0.15

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
        Case("one page", new, patched, floor_s(chip, times.erase_time(page).typ, page.size)),
    )


def every_tool(folder: Path) -> dict[str, Sequence[str]]:
    """Command lines by name; the image follows as `image.bin` in `folder`."""
    image, script = str(folder / "image.bin"), str(folder / "c8.py")
    tuned = ("--frequency", "4M", "--script", script)
    cfg, quiet = str(folder / "probe.cfg"), ("--progress", "none")
    openocd = (*OPENOCD, "-f", cfg, "-f", "target/stm32f1x.cfg")
    program = ("-c", f"program {image} verify reset exit 0x08000000")
    return {
        "swdflash": (*SWDFLASH, image, *quiet),
        "swdflash, openocd": (*SWDFLASH, image, *quiet, "--via", f"openocd:{cfg}"),
        "openocd": (*openocd, *program),
        "openocd, 4 MHz": (*openocd, "-c", "adapter speed 4000", *program),
        "pyocd": (*PYOCD, image),
        "pyocd, chip erase": (*PYOCD, "--erase", "chip", image),
        "pyocd tuned": (*PYOCD, *tuned, image),
        "pyocd tuned, chip erase": (*PYOCD, *tuned, "--erase", "chip", image),
    }


def run(tool: str, argv: Sequence[str], case: Case, chip: Chip, folder: Path) -> Run:
    """A fresh board, one tool, one case."""
    (folder / "image.bin").write_bytes(case.image)
    board, kept = blank_board(chip)
    kept.flash[: len(case.before)] = case.before
    started, spent = board.clock.now, cpu_seconds()
    ended = run_with(board, argv, folder)
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


def blank_board(chip: Chip) -> tuple[VirtualBoard, NonVolatile]:
    """As from the factory, powered, an ST-Link V2 on it."""
    kept = NonVolatile.from_factory(chip, bytes(range(1, 13)))
    board = VirtualBoard(chip, kept, Wiring(serial="B" * 24))
    board.boot()
    return board, kept


def run_with(
    board: VirtualBoard, argv: Sequence[str], folder: Path, transport: str = "dapdirect_swd"
) -> subprocess.CompletedProcess[bytes]:
    """Run a tool that finds the board's probe on USB, or by `probe.cfg` behind a server."""
    hla = transport == "hla_swd"
    with (
        within_reach(board, FaultPlan({})) as environment,
        StLinkServer(Plug(board)) as server,
    ):
        cfg = PROBE_CFG.format(
            file="stlink.cfg" if hla else "stlink-dap.cfg",
            backend="hla_stlink_backend" if hla else "st-link backend",
            port=server.port,
            transport=transport,
        )
        (folder / "probe.cfg").write_text(cfg, encoding="utf-8")
        return subprocess.run(
            argv,
            env={**environment, "SWDFLASH_STATE_DIR": str(folder / "state")},
            cwd=folder,
            check=False,
            capture_output=True,
            timeout=300,
        )


class Calibration(msgspec.Struct, frozen=True):
    """What a real board took, and what the virtual one takes."""

    what: str
    measured_s: float
    simulated_s: float
    ratio: float
    believed: bool


def calibrate(folder: Path) -> list[Calibration]:
    """OpenOCD writes and verifies 128 KiB of a virtual STM32F103CB, through a V2."""
    chip = chip_named("STM32F103CB")
    image = folder / "image.bin"
    image.write_bytes(random.Random(3).randbytes(chip.flash.span.size))
    board, _kept = blank_board(chip)

    def seconds(*commands: str) -> float:
        before = board.clock.now
        words = (word for command in ("init", "reset halt", *commands) for word in ("-c", command))
        argv = (*OPENOCD, "-f", "probe.cfg", "-f", "target/stm32f1x.cfg", *words, "-c", "shutdown")
        ended = run_with(board, argv, folder, "hla_swd")
        if ended.returncode:
            sys.exit(ended.stderr.decode())
        return board.clock.now - before

    erase, write = "stm32f1x mass_erase 0", f"flash write_image {image} 0x08000000"
    found = {
        "write": -seconds(erase) + seconds(erase, write),
        "verify": seconds(f"verify_image {image} 0x08000000") - seconds(),
    }
    return [
        Calibration(what, real, round(took, 3), round(took / real, 3), close(took, real))
        for what, real in MEASURED_S.items()
        for took in (found[what],)
    ]


def close(simulated_s: float, measured_s: float) -> bool:
    """Whether a figure of the virtual board can be believed."""
    return abs(simulated_s / measured_s - 1) <= CALIBRATED_WITHIN


def cycles(count: int, folder: Path) -> int:
    """How many of so many complete writes over OpenOCD, each another image, end well."""
    chip = chip_named("STM32F103C8")
    board, kept = blank_board(chip)
    done = 0
    for seed in range(count):
        image = firmware(chip, seed)[: 4 * 1024]
        (folder / "image.bin").write_bytes(image)
        ended = run_with(board, every_tool(folder)["swdflash, openocd"], folder)
        done += not ended.returncode and kept.flash[: len(image)] == image
    return done


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
    Console(width=bench_recover.WIDE).print(table)


def main() -> int:
    """Run every tool on every case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.add_argument(
        "--calibrate", action="store_true", help="what a real board took, beside the virtual one"
    )
    parser.add_argument(
        "--cycles", type=int, metavar="N", help="only this many writes over OpenOCD, one by one"
    )
    parser.add_argument(
        "--recover", action="store_true", help="only the ways to a board that does not answer"
    )
    parser.add_argument("--rom", action="store_true", help="only the ROM bootloaders")
    wants = parser.parse_args()
    if wants.recover:
        return bench_recover.report(json=wants.json)
    if wants.rom:
        return bench_rom.report(json=wants.json)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "c8.py").write_text(C8_SCRIPT, encoding="utf-8")
        if wants.calibrate:
            return report_calibration(calibrate(folder), json=wants.json)
        if wants.cycles:
            done = cycles(wants.cycles, folder)
            print(f"{done} of {wants.cycles} cycles ended well")
            return int(done != wants.cycles)
        chip = chip_named("STM32F103C8")
        runs = [
            run(tool, argv, case, chip, folder)
            for case in every_case(chip)
            for tool, argv in every_tool(folder).items()
        ]
    if wants.json:
        print(msgspec.json.encode({"simulated": True, "runs": runs}).decode())
    else:
        show(runs)
    ours = [each for each in runs if each.tool.startswith("swdflash")]
    return 0 if all(each.byte_exact for each in ours) else 1


def report_calibration(found: Sequence[Calibration], *, json: bool) -> int:
    """Say whether the virtual board's time can be believed."""
    if json:
        print(msgspec.json.encode({"calibration": found}).decode())
    else:
        table = Table("OpenOCD, ST-Link V2, F103, 128 KiB after a mass erase", title="Calibration")
        for heading in ("measured s", "simulated s", "ratio", f"within {CALIBRATED_WITHIN:.0%}"):
            table.add_column(heading, justify="right")
        for each in found:
            figures = (f"{each.measured_s:.2f}", f"{each.simulated_s:.2f}", f"{each.ratio:.2f}")
            table.add_row(each.what, *figures, "yes" if each.believed else "NO")
        Console(width=bench_recover.WIDE).print(table)
    return 0 if all(each.believed for each in found) else 1


if __name__ == "__main__":
    sys.exit(main())
