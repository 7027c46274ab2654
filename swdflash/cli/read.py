"""`swdflash read ADDR LENGTH -o FILE` and `swdflash backup FILE`."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer

import swdflash
from swdflash.cli import render
from swdflash.cli.documents.envelope import address as spelled
from swdflash.cli.documents.parts import chip_result, link_result, recovered
from swdflash.cli.documents.read import BackupResult, ReadResult, SavedFile
from swdflash.cli.errors import Misused
from swdflash.cli.options import LinkOptions, command, memory_address
from swdflash.cli.output_file import STDOUT, check_writable, save_memory
from swdflash.cli.reach import reached_either_way
from swdflash.cli.terminal import Terminal
from swdflash.memory import Span

OUTPUT_HELP = "Intel HEX for .hex, else raw bytes; `-` is stdout."


@command
def read(
    address: Annotated[int, typer.Argument(metavar="ADDR", parser=memory_address)],
    length: Annotated[
        int, typer.Argument(metavar="LENGTH", parser=memory_address, help="Bytes, or 64k.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help=OUTPUT_HELP)],
    link: LinkOptions,
    terminal: Terminal,
) -> None:
    """Read LENGTH bytes from ADDR into a file."""
    span = Span(address, length)
    if output == STDOUT and terminal.json:
        raise Misused("--json and `-o -` both want stdout", "read")
    if not length or span.end > 1 << 32:
        raise Misused(f"{length} bytes from {spelled(address)} are no range of memory", "read")
    check_writable(output)
    with reached_either_way(link, terminal) as target:
        started = target.link.now()
        data = _read(target, span, terminal)
        seconds = target.link.now() - started
        info = target.link.info
    saved = _save(output, span, data)
    result = ReadResult(
        chip=chip_result(target),
        link=link_result(target),
        saved=saved,
        seconds=seconds,
        simulated=info.simulated,
        recovered=recovered(target),
    )
    if output != STDOUT:
        taken = render.seconds(seconds, simulated=info.simulated)
        terminal.show(result, f"{_sentence(saved)}, read in {taken}")


@command
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=OUTPUT_HELP)],
    link: LinkOptions,
    terminal: Terminal,
) -> None:
    """Read all of flash into FILE.

    The option bytes go into a second file beside it.
    """
    if file == STDOUT:
        raise Misused("a backup is two files: it cannot go to stdout", "backup")
    check_writable(file)
    beside = file.with_name(f"{file.stem}.options{file.suffix}")
    check_writable(beside)
    with reached_either_way(link, terminal) as target:
        started = target.link.now()
        data = [_read(target, span, terminal) for span in _backed_up(target)]
        seconds = target.link.now() - started
        info = target.link.info
    parts = zip((file, beside), _backed_up(target), data, strict=True)
    flash, options = (_save(name, span, content) for name, span, content in parts)
    result = BackupResult(
        chip=chip_result(target),
        link=link_result(target),
        flash=flash,
        option_bytes=options,
        seconds=seconds,
        simulated=info.simulated,
        recovered=recovered(target),
    )
    taken = render.seconds(seconds, simulated=info.simulated)
    terminal.show(result, _sentence(flash), _sentence(options), f"read in {taken}")


def _backed_up(target: swdflash.AnyTarget) -> tuple[Span, Span]:
    return target.chip.flash.span, target.chip.option_bytes


def _read(target: swdflash.AnyTarget, span: Span, terminal: Terminal) -> bytes:
    with terminal.progress(simulated=target.link.info.simulated) as listen:
        return swdflash.read_memory(target, span, listen)


def _save(file: Path, span: Span, data: bytes) -> SavedFile:
    save_memory(file, swdflash.Image.of(span.start, data))
    return SavedFile(str(file), spelled(span.start), span.size, sha256(data).hexdigest())


def _sentence(saved: SavedFile) -> str:
    return f"{saved.file}: {render.size(saved.size)} from {saved.address}"
