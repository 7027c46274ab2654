"""`swdflash targets [NAME]`: the chips that swdflash knows, and the boards by name."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Annotated

import typer

import swdflash
from swdflash.chips.boards import Board, boards
from swdflash.chips.chip import Chip, Flash
from swdflash.cli import render
from swdflash.cli.documents.envelope import address
from swdflash.cli.documents.host import TargetsResult
from swdflash.cli.documents.parts import ChipKind, Range, chip_kind
from swdflash.cli.documents.rom import rom_result
from swdflash.cli.options import command
from swdflash.cli.rom_view import rom_rows
from swdflash.cli.terminal import Terminal


@command
def targets(
    terminal: Terminal,
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="A part number, or the start of one.")
    ] = None,
) -> None:
    """List the chips and boards that are known, or say more of one."""
    chips = swdflash.known_chips()
    if name is None:
        chosen = chips
    else:
        wanted = name.upper()
        starting = tuple(chip for chip in chips if chip.name.upper().startswith(wanted))
        chosen = starting if len(starting) > 1 else (swdflash.chip_named(name),)
    if len(chosen) == 1:
        _show_one(chosen[0], terminal)
    else:
        _show_table(chosen, () if name else boards(), terminal)


def _show_table(chips: tuple[Chip, ...], named: tuple[Board, ...], terminal: Terminal) -> None:
    kinds = [chip_kind(chip) for chip in chips]
    rows = [(k.name, k.core, k.dev_id, k.flash_kib, k.sram_kib, _sector_size(k)) for k in kinds]
    headings = ("chip", "core", "DEV_ID", ">flash KiB", ">SRAM KiB", ">sector")
    lines = [f"boards, for --board: {', '.join(board.name for board in named)}"] if named else []
    terminal.show(TargetsResult(kinds), render.grid(headings, rows), *lines)


def _show_one(chip: Chip, terminal: Terminal) -> None:
    kind = chip_kind(chip)
    spans = {
        "flash": chip.flash.span,
        "sram": chip.sram[0],
        "system_memory": chip.system_memory,
        "option_bytes": chip.option_bytes,
        "uid": chip.uid,
    }
    memory = {name: Range(address(span.start), span.size) for name, span in spans.items()}
    flash = chip.flash
    rows = [
        ("chip", f"{kind.name}, {kind.core}"),
        ("family", kind.family),
        ("DEV_ID", kind.dev_id),
        *((name.replace("_", " "), f"{s}  {render.size(s.size)}") for name, s in spans.items()),
        ("sectors", ", ".join(_sizes(flash))),
        ("banks", len(flash.banks)),
        ("program", f"{flash.unit} bytes in {flash.program.typ * 1e6:g} us"),
        ("sector erase", ", ".join(_erase_times(flash))),
        ("mass erase", f"{flash.mass_erase.typ * 1e3:g} ms"),
        *rom_rows(chip),
    ]
    terminal.show(TargetsResult([kind], memory, rom_result(chip)), render.facts(rows))


def _sector_size(kind: ChipKind) -> str:
    """The one, or the smallest and the largest: "16..128 KiB"."""
    smallest, largest = kind.sector_bytes, kind.largest_sector_bytes
    if smallest == largest:
        return render.size(smallest)
    return f"{smallest // 1024}..{render.size(largest)}"


def _sizes(flash: Flash) -> Iterator[str]:
    """Neighbouring sectors of one size: "4 of 16 KiB"."""
    for size, sectors in groupby(flash.sectors, key=lambda sector: sector.size):
        yield f"{len(list(sectors))} of {render.size(size)}"


def _erase_times(flash: Flash) -> Iterator[str]:
    """By a sector's size, where sizes differ."""
    by_size = {sector.size: flash.erase_time(sector) for sector in flash.sectors}
    for size, time in by_size.items():
        of_size = f" ({render.size(size)})" if len(by_size) > 1 else ""
        yield f"{time.typ * 1e3:g} ms{of_size}"
