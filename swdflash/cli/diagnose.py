"""`swdflash diagnose`: why a board does not answer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from swdflash.api.recovery import open_bench
from swdflash.cli.documents.recovery import diagnose_result
from swdflash.cli.options import WayOptions, command
from swdflash.cli.reach import chosen_engine, record_to
from swdflash.cli.recovery_view import finding_view
from swdflash.cli.terminal import Terminal
from swdflash.recovery.diagnose import diagnose as examine

ElfOption = Annotated[
    Path | None,
    typer.Option(
        "--elf",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="The firmware on the board, to name functions.",
    ),
]


@command
def diagnose(way: WayOptions, terminal: Terminal, elf: ElfOption = None) -> None:
    """Say why a board does not answer or run, with evidence.

    Nothing is erased and no option byte is changed. A board that is silent is reset.
    """
    terminal.recording = way.record
    record = record_to(way, terminal, [elf] if elf else [])
    engine = chosen_engine(way, terminal)
    with open_bench(
        way.via, engine=engine, clock_hz=way.clock, timeout_s=way.timeout, record=record
    ) as bench:
        finding = examine(bench, elf)
    result = diagnose_result(finding, simulated=bench.simulated)
    terminal.show(result, *finding_view(finding, simulated=bench.simulated))
