"""A plan as people read it: a table and a map of flash."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from rich.console import RenderableType
from rich.text import Text

from swdflash.chips.chip import Flash
from swdflash.cli import render
from swdflash.flashing.plan import Plan
from swdflash.images.flash_map import draw_flash_map
from swdflash.images.image import Image
from swdflash.memory import Span

REWRITTEN, ADDED, ERASED, SAME, LEFT = "█", "▓", "░", "=", "·"
LEGEND = {
    REWRITTEN: "erased and programmed",
    ADDED: "programmed",
    ERASED: "erased",
    SAME: "holds the image already",
    LEFT: "left alone",
}


def plan_view(
    plan: Plan, image: Image, flash: Flash, *, simulated: bool
) -> Iterator[RenderableType]:
    """What would be done, in order, then where."""
    rows = [
        *(("erase", span, render.size(span.size)) for span in runs(plan.erase)),
        *(("program", span, render.size(span.size)) for span in plan.program),
        *(("verify", span, render.size(span.size)) for span in runs(plan.check)),
    ]
    if rows:
        yield render.grid(("step", "from..to", ">size"), rows)
    else:
        yield Text("nothing is to be done")
    yield render.facts(
        (
            ("strategy", plan.strategy.value),
            ("already there", render.size(plan.unchanged_bytes)),
            ("kept beside the image", render.size(plan.kept_bytes)),
            ("estimate", render.seconds(plan.estimate_s, simulated=simulated)),
        )
    )
    yield from flash_picture(plan.erase, plan.program, image.spans, flash)


def flash_picture(
    erase: Sequence[Span], program: Sequence[Span], image: Sequence[Span], flash: Flash
) -> Iterator[RenderableType]:
    """A cell for each sector, rows of equal sectors, and a legend."""
    used: set[str] = set()
    for size, sectors in groupby(flash.sectors, key=lambda sector: sector.size):
        alike = list(sectors)
        cells = [_cell(sector, erase, program, image) for sector in alike]
        used.update(cells)
        for row in draw_flash_map(cells, alike[0].start, size):
            yield Text(row)
    words = (f"{cell} {meaning}" for cell, meaning in LEGEND.items() if cell in used)
    yield Text("  ".join(words), style="dim")


def _cell(
    sector: Span, erase: Sequence[Span], program: Sequence[Span], image: Sequence[Span]
) -> str:
    erased, programmed = _touches(sector, erase), _touches(sector, program)
    if programmed:
        return REWRITTEN if erased else ADDED
    if erased:
        return ERASED
    return SAME if _touches(sector, image) else LEFT


def _touches(sector: Span, spans: Iterable[Span]) -> bool:
    return any(sector.overlap(span) for span in spans)


def runs(spans: Iterable[Span]) -> list[Span]:
    """Neighbouring spans as one."""
    runs: list[Span] = []
    for span in spans:
        if runs and runs[-1].end == span.start:
            runs[-1] = Span(runs[-1].start, runs[-1].size + span.size)
        else:
            runs.append(span)
    return runs
