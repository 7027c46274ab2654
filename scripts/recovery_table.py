#!/usr/bin/env python3
"""Writes docs/recovery-table.md: every firmware on every board, diagnosed and recovered.

Fails, and writes nothing, where a cell does not come out as it should.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from swdflash.links.engine import Engine  # noqa: E402
from tests.recovery.cells import BOARDS, LOCKOUTS, Cell, Outcome, every_cell, play  # noqa: E402

WIRED = "NRST wired"
TABLE = ROOT / "docs" / "recovery-table.md"
HEAD = """\
# What is found, and how boards come back

Each row is a firmware from `tests/firmware` on a virtual Blue Pill (lockouts in bold); each column
is a way in which it can be wired, and the engine that drives the probe. "RTS, DTR wired" is a
serial adapter at USART1 whose lines lead to BOOT0 and NRST, named by `--rom`; the probe's NRST is
not wired then. A cell has the cause that `swdflash diagnose` names (*likely* where it cannot prove
it), the rung by which `swdflash recover blinky.elf` got in, and the simulated seconds from the
diagnosis until blinky was verified in flash. In each cell blinky ran in the end, and a plain attach
worked, but for SWD wires that are broken. `hand-reset` and `rom-uart-by-hand` need a person; they
were climbed only where no other rung was left.

This file is written by `scripts/recovery_table.py`, from what happened.
"""


def main() -> int:
    """Play every cell; 1 where one of them is wrong."""
    played = {cell: play(cell) for cell in cells()}
    wrong = [cell for cell, outcome in played.items() if not as_expected(cell, outcome)]
    for cell in wrong:
        print(f"{cell}: {played[cell]}", file=sys.stderr)
    if not wrong:
        TABLE.write_text("\n".join([HEAD, *rows(played)]) + "\n", encoding="utf-8")
    return int(bool(wrong))


def cells() -> Iterator[Cell]:
    """Every cell through pyOCD; boards with NRST wired through OpenOCD, too."""
    for cell in every_cell():
        yield cell
        if cell.board == WIRED:
            yield replace(cell, engine=Engine.OPENOCD)


def as_expected(cell: Cell, outcome: Outcome) -> bool:
    """Whether the cell came out as it should."""
    said = (outcome.finding.cause, outcome.finding.proven)
    return (
        said == (cell.cause, cell.proven) and bool(outcome.told) == cell.by_hand and outcome.blinks
    )


def rows(played: dict[Cell, Outcome]) -> list[str]:
    """The table in Markdown: lockouts first."""
    by_place = {(c.firmware, c.board, c.engine): outcome for c, outcome in played.items()}
    columns = [*((board, Engine.PYOCD) for board in BOARDS), (WIRED, Engine.OPENOCD)]
    names = list(dict.fromkeys(cell.firmware for cell in played))
    headings = (f"{board}, {engine}" for board, engine in columns)
    lines = [f"| firmware | {' | '.join(headings)} |", "|---" * (len(columns) + 1) + "|"]
    for name in names:
        label = f"**{name}**" if name in LOCKOUTS else name or "(erased)"
        texts = (in_words(by_place[name, board, engine]) for board, engine in columns)
        lines.append(f"| {label} | {' | '.join(texts)} |")
    return lines


def in_words(outcome: Outcome) -> str:
    """One cell."""
    finding = outcome.finding
    likely = "" if finding.proven else "likely "
    return f"{likely}{finding.cause}; {outcome.rung}, {outcome.recovered_s:.2f} s"


if __name__ == "__main__":
    sys.exit(main())
