"""`swdflash image FILE…`: an image without a chip."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

import swdflash
from swdflash.cli import render
from swdflash.cli.documents.image import ImageFile, ImageResult, image_result
from swdflash.cli.options import AddressOption, ChipOption, ForceOption, ImagesArgument, command
from swdflash.cli.terminal import Terminal


@command
def image(
    images: ImagesArgument,
    terminal: Terminal,
    address: AddressOption = None,
    chip: ChipOption = None,
    force: ForceOption = None,
) -> None:
    """Show what an image holds.

    With --chip, check it against that chip as `write` would.
    """
    loaded = swdflash.read_image(*images, address=address)
    facts = swdflash.describe_image(loaded)
    result = image_result(facts)
    notes = facts.notes
    terminal.partial = result
    if chip is not None:
        notes = swdflash.check_image(loaded, swdflash.chip_named(chip), force=force or ()).notes
    for note in notes:
        terminal.warn(note.code, note.text)
    terminal.show(result, *_for_people(result))


def _for_people(result: ImageResult) -> Iterator[RenderableType]:
    for file in result.files:
        yield Text.assemble((file.path, "bold"), f"  {file.format}, {render.size(file.size)}")
        yield render.facts(_build_notes(file))
    rows = [(s.address, render.size(s.size)) for s in result.segments]
    yield render.grid(("segment", ">size"), rows)
    yield render.facts(_start(result))
    yield Text("")
    yield Text(result.flash_map)


def _build_notes(file: ImageFile) -> Iterator[tuple[str, str]]:
    if file.title:
        yield "  title", file.title
    if file.elf:
        yield "  built for", " ".join(filter(None, (file.elf.machine, file.elf.arch)))
        if file.elf.build_id:
            yield "  build id", file.elf.build_id
        for compiler in file.elf.compilers:
            yield "  compiler", compiler
    yield "  sha256", file.sha256


def _start(result: ImageResult) -> Iterator[tuple[str, str]]:
    yield "total", render.size(result.bytes)
    if result.entry:
        yield "entry", result.entry
    if result.vectors:
        table = result.vectors
        yield "vector table", f"{table.address}, {table.handlers} handlers"
        yield "initial SP", table.initial_sp
        yield "reset", table.reset
        yield "HardFault", table.hard_fault
