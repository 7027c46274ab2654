"""`swdflash write IMAGE…`: program, verify, reset and run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

import swdflash
from swdflash.cli import render
from swdflash.cli.documents.parts import chip_result, link_result, recovered
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
from swdflash.cli.reach import reached_either_way
from swdflash.cli.terminal import Terminal
from swdflash.cli.watch import changes
from swdflash.errors import Exit, SwdflashError
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
    force: ForceOption = None
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
    if not watch:
        write_once(images, options, link, terminal)
    elif terminal.json or options.dry_run:
        raise Misused("--watch goes with neither --json (one document) nor --dry-run", "write")
    else:
        write_on_change(images, options, link, terminal)


def write_once(
    images: list[str], options: WriteOptions, link: LinkOptions, terminal: Terminal
) -> None:
    """One write, or the plan of one; a bad file is refused before a probe is touched."""
    loaded = swdflash.read_image(*images, address=options.address)
    with reached_either_way(link, terminal, inputs=loaded.image.files) as target:
        loaded = swdflash.check_image(loaded, target.chip, force=options.force or ())
        for note in loaded.notes:
            terminal.warn(note.code, note.text)
        if options.dry_run:
            _plan_only(target, loaded, options, terminal)
        else:
            _carry_out(target, loaded, options, terminal)


def write_on_change(
    images: list[str], options: WriteOptions, link: LinkOptions, terminal: Terminal
) -> None:
    """Write now and after each change, until Ctrl-C; an error waits for the next change."""
    files = swdflash.files_of(images)
    following = changes(files)
    while True:
        try:
            write_once(images, options, link, terminal)
        except SwdflashError as error:
            if error.exit in (Exit.INTERRUPTED, Exit.USAGE):
                raise
            terminal.fail(error)
        terminal.say(f"watching {', '.join(map(str, files))}; Ctrl-C ends it")
        next(following)


def _plan_only(
    target: swdflash.AnyTarget,
    loaded: swdflash.LoadedImage,
    options: WriteOptions,
    terminal: Terminal,
) -> None:
    """Read, plan, print; the core goes on as it was."""
    simulated = target.link.info.simulated
    with terminal.progress(simulated=simulated) as listen:
        plan = swdflash.plan_write(target, loaded.image, _plan_options(options), listen)
    view = plan_view(plan, loaded.image, target.chip.flash, simulated=simulated)
    terminal.show(_result(target, loaded, plan), *view)


def _carry_out(
    target: swdflash.AnyTarget,
    loaded: swdflash.LoadedImage,
    options: WriteOptions,
    terminal: Terminal,
) -> None:
    simulated = target.link.info.simulated
    with terminal.progress(simulated=simulated) as listen:
        prepared = swdflash.prepare_write(target, loaded.image, _plan_options(options))
        result = _result(target, loaded, prepared.plan)
        terminal.partial = result
        done = prepared.carry_out(listen, reset=not options.no_reset)
    result.done = done_result(done, simulated=simulated)
    chip, name = result.chip.name, loaded.name
    if not result.plan.erase and not result.plan.program:
        terminal.show(result, f"{chip} already holds {name}: nothing written")
        return
    amounts = (
        f"{verb} {render.size(size)}"
        for verb, size in (
            ("erased", done.erased_bytes),
            ("programmed", done.programmed_bytes),
            ("verified", done.verified_bytes),
        )
        if size
    )
    taken = render.seconds(done.seconds, simulated=simulated)
    verb = "is" if len(loaded.image.files) == 1 else "are"
    terminal.show(result, f"{name} {verb} on {chip}: {', '.join(amounts)} in {taken}")


def _plan_options(options: WriteOptions) -> swdflash.PlanOptions:
    return swdflash.PlanOptions(erase=options.erase, verify=not options.no_verify)


def _result(
    target: swdflash.AnyTarget, loaded: swdflash.LoadedImage, plan: swdflash.Plan
) -> WriteResult:
    info = target.link.info
    return WriteResult(
        chip=chip_result(target),
        link=link_result(target),
        image=image_written(loaded),
        plan=plan_result(plan, simulated=info.simulated),
        done=None,
        recovered=recovered(target),
    )
