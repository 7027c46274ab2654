"""`swdflash write IMAGE…`: program, verify, reset and run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer
from rich.console import RenderableType

import swdflash
from swdflash.cli import render
from swdflash.cli.documents.parts import chip_result, link_result
from swdflash.cli.documents.write import WriteResult, done_result, image_written, plan_result
from swdflash.cli.errors import Misused
from swdflash.cli.options import (
    AddressOption,
    DryRunOption,
    ForceOption,
    ImagesArgument,
    LinkOptions,
    Options,
    command,
)
from swdflash.cli.plan_view import plan_view
from swdflash.cli.reach import reached
from swdflash.cli.terminal import Terminal
from swdflash.cli.watch import changes
from swdflash.errors import SwdflashError
from swdflash.flashing.plan import EraseMode


@dataclass(frozen=True)
class WriteOptions(Options):
    """How to write."""

    address: AddressOption = None
    erase: Annotated[
        EraseMode, typer.Option(help="What may be erased: what differs, everything, nothing.")
    ] = EraseMode.SECTOR
    no_verify: Annotated[bool, typer.Option("--no-verify", help="Do not compare after.")] = False
    no_reset: Annotated[bool, typer.Option("--no-reset", help="Leave the core halted.")] = False
    no_recover: Annotated[
        bool, typer.Option("--no-recover", help="Plain attach only; do not try other ways in.")
    ] = False
    force: ForceOption = ()  # type: ignore[assignment]
    dry_run: DryRunOption = False


@command
def write(
    images: ImagesArgument,
    options: WriteOptions,
    link: LinkOptions,
    terminal: Terminal,
    watch: Annotated[bool, typer.Option("--watch", help="Again when IMAGE changes.")] = False,
) -> None:
    """Program IMAGE, verify it, then reset the chip and let it run."""
    if watch:
        _write_on_change(images, options, link, terminal)
    else:
        _write_once(images, options, link, terminal)


def _write_once(
    images: list[str], options: WriteOptions, link: LinkOptions, terminal: Terminal
) -> None:
    loaded = swdflash.read_image(*images, address=options.address)
    with reached(link, terminal, inputs=loaded.image.files) as target:
        loaded = swdflash.check_image(loaded, target.chip, force=options.force)
        for note in loaded.notes:
            terminal.warn(note.code, note.text)
        simulated = target.link.info.simulated
        prepared = swdflash.prepare_write(
            target,
            loaded.image,
            swdflash.PlanOptions(erase=options.erase, verify=not options.no_verify),
        )
        result = WriteResult(
            chip=chip_result(target),
            link=link_result(target.link.info),
            image=image_written(loaded),
            plan=plan_result(prepared.plan, simulated=simulated),
            done=None,
            recovered=None,
        )
        terminal.partial = result
        if options.dry_run:
            view = plan_view(prepared.plan, loaded.image, target.chip.flash, simulated=simulated)
            terminal.show(result, *view)
            return
        with terminal.progress(simulated=simulated) as listen:
            done = prepared.carry_out(listen, reset=not options.no_reset)
        result.done = done_result(done, simulated=simulated)
    terminal.show(result, _sentence(result, loaded.name))


def _write_on_change(
    images: list[str], options: WriteOptions, link: LinkOptions, terminal: Terminal
) -> None:
    """Write now and after each change, until Ctrl-C; an error waits for the next change."""
    if terminal.json or options.dry_run:
        raise Misused("--watch goes with neither --json (one document) nor --dry-run", "write")
    files = swdflash.files_of(images)
    following = changes(files)
    while True:
        try:
            _write_once(images, options, link, terminal)
        except SwdflashError as error:
            terminal.fail(error)
        terminal.say(f"watching {', '.join(map(str, files))}; Ctrl-C ends it")
        next(following)


def _sentence(result: WriteResult, name: str) -> RenderableType:
    done = result.done
    assert done is not None
    if not result.plan.erase and not result.plan.program:
        return f"{result.chip.name} already holds {name}: nothing written"
    taken = render.seconds(done.seconds, simulated=done.simulated)
    return (
        f"{name} is on {result.chip.name}: erased {render.size(done.erased_bytes)}, programmed "
        f"{render.size(done.programmed_bytes)}, verified {render.size(done.verified_bytes)} "
        f"in {taken}"
    )
