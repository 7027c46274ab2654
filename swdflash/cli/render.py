"""Errors and small facts as people read them.

Every word of the user's is shown as it is:
nothing in it is taken for markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from swdflash.errors import Explanation

KIB = 1024
SHORT_S = 0.1  # below, milliseconds say more
TINY_S = 0.0001  # below, microseconds do


def error(words: Explanation) -> RenderableType:
    """What went wrong, why, and what to try; readable without colour."""
    lines = [
        Text.assemble(("error: ", "bold red"), (words.what, "bold")),
        Text.assemble(("  why: ", "dim"), words.why),
        *tries(words.next),
        Text(f"       (exit {int(words.exit)}; more: swdflash explain {words.code})", style="dim"),
    ]
    return Group(*lines)


def tries(steps: Iterable[str]) -> list[Text]:
    """Things to try, one a line."""
    return [Text.assemble(("  try: ", "green"), step) for step in steps]


def facts(rows: Iterable[tuple[str, object]]) -> Table:
    """Two columns: what, and its value."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, value if isinstance(value, Text) else Text(str(value)))
    return table


def grid(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """A table without lines; columns whose heading starts with `>` are right-aligned."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in headings:
        right = heading.startswith(">")
        table.add_column(heading.lstrip(">"), justify="right" if right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(str(cell)) for cell in row))
    return table


def size(count: int) -> str:
    """Bytes as people say them: `12 bytes`, `1.5 KiB`, `64 KiB`."""
    if count < KIB:
        return f"{count} byte{'' if count == 1 else 's'}"
    return f"{count / KIB:.1f}".removesuffix(".0") + " KiB"


def seconds(value: float, *, simulated: bool) -> str:
    """A time, labelled where it is simulated."""
    text = f"{value:.2f} s" if value >= SHORT_S else f"{value * 1000:.1f} ms"
    if 0 < value < TINY_S:
        text = f"{value * 1e6:.0f} us"
    return f"{text} (simulated)" if simulated else text
