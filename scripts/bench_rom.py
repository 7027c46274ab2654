"""Writing through the ROM bootloaders of virtual boards, beside other programs and the least.

See `bench_uart` and `bench_dfu` for what is counted, and what the least is.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from scripts import bench_dfu, bench_uart
from scripts.bench_figure import Figure

WIDE = 110  # columns of a table, also where there is no terminal
OURS = "swdflash"
UART_LIMIT, DFU_LIMIT = 1.10, 1.15  # times the least
LIMITED = (
    (OURS, "full write"),
    (OURS, "erased flash"),
    ("swdflash, terminal", "full write"),
    ("swdflash --no-verify", "full write"),
)
NOTES = """\
UART: 64 KiB, virtual STM32F103C8; USB DFU: 1 MiB, virtual STM32F405RG.
Unchanged, one page: what is in flash is read and compared; neither ROM has Get Checksum.
stm32flash, stm32loader and dfu-util write all of it in any case; dfu-util verifies nothing.
A Read of 256 bytes at 460800 takes 6.35 ms on the wire, and the adapter's next frame ends it: 7 ms.
--no-verify onto erased flash: a block is looked at first, for a ROM does not tell what takes none.\
"""


def report(*, json: bool) -> int:
    """Print every figure; 1 where swdflash is too slow, or anything of it wrong."""
    with tempfile.TemporaryDirectory() as name:
        figures = list(every_figure(Path(name)))
    missed = list(misses(figures))
    if json:
        document = {"simulated": True, "figures": figures, "missed": missed}
        print(msgspec.json.encode(document).decode())
    else:
        console = Console(width=WIDE)
        console.print(table_of(figures))
        for line in (NOTES, *missed):
            console.print(line, highlight=False)
    return int(bool(missed))


def every_figure(folder: Path) -> Iterator[Figure]:
    """Over UART, then over USB."""
    yield from bench_uart.every_figure(folder)
    yield from bench_dfu.every_figure(folder)


def misses(figures: Sequence[Figure]) -> Iterator[str]:
    """What swdflash should have done better, in words."""
    for each in figures:
        if not each.tool.startswith(OURS):
            continue
        where = f"{each.tool}, {each.way}, {each.case}"
        if not each.byte_exact or each.exit_code:
            yield f"{where}: WRONG"
        if (each.tool, each.case) in LIMITED and each.times_floor > limit(each):
            yield f"{where}: {each.times_floor:.3f} times the least, not {limit(each)}"
        for other in figures:
            rival = not other.tool.startswith(OURS) and not other.exit_code
            same = (other.way, other.case) == (each.way, each.case)
            if rival and same and other.simulated_s < each.simulated_s:
                yield f"{where}: {other.tool} is faster"


def limit(figure: Figure) -> float:
    """How many times the least it may take."""
    return UART_LIMIT if figure.way.startswith("UART") else DFU_LIMIT


def table_of(figures: Sequence[Figure]) -> Table:
    """A row a figure."""
    table = Table("way", "case", "tool", title="ROM bootloaders: simulated time")
    for heading in ("simulated s", "floor s", "x floor", "x swdflash", "bytes"):
        table.add_column(heading, justify="right")
    ours = {(each.way, each.case): each.simulated_s for each in figures if each.tool == OURS}
    for each in figures:
        table.add_row(
            each.way,
            each.case,
            each.tool,
            f"{each.simulated_s:.3f}",
            f"{each.floor_s:.3f}",
            f"{each.times_floor:.3f}",
            f"{each.simulated_s / ours[each.way, each.case]:.2f}",
            "exact" if each.byte_exact else f"WRONG (exit {each.exit_code})",
        )
    return table
