"""A picture of flash in text: one character a sector."""

from __future__ import annotations

from collections.abc import Sequence

from swdflash.memory import Span

WIDTH = 64  # cells in a row
FULL, PART, NONE = "█", "▒", "·"
LEGEND = f"{FULL} image  {PART} partly  {NONE} not in the image"


def draw_flash_map(cells: Sequence[str], start: int, cell_size: int) -> list[str]:
    """Rows of 64 cells with the address of the first cell of each at the left."""
    return [
        f"{start + row * cell_size:#010x} {''.join(cells[row : row + WIDTH])}"
        for row in range(0, len(cells), WIDTH)
    ]


def cell_for(sector: Span, spans: Sequence[Span]) -> str:
    """How much of the sector the spans (apart from each other) cover."""
    covered = sum(part.size for span in spans if (part := sector.overlap(span)))
    if covered == 0:
        return NONE
    return FULL if covered == sector.size else PART


def flash_map(spans: Sequence[Span], flash: Span, sectors: Sequence[Span]) -> str:
    """Which sectors of `flash` the spans fill, with a legend; same-sized sectors share rows."""
    rows: list[str] = []
    inside = [sector for sector in sectors if flash.covers(sector)]
    while inside:
        size = inside[0].size
        count = next((i for i, s in enumerate(inside) if s.size != size), len(inside))
        cells = [cell_for(sector, spans) for sector in inside[:count]]
        rows += draw_flash_map(cells, inside[0].start, size)
        inside = inside[count:]
    return "\n".join((*rows, LEGEND))
