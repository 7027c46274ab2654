"""`swdflash erase --chip` and `--range A:L`: whole sectors, once it is clear what goes."""

from __future__ import annotations

from typing import Annotated

import typer

import swdflash
from swdflash.cli import render
from swdflash.cli.documents.parts import chip_result, link_result, ranges, recovered
from swdflash.cli.documents.write import EraseResult, done_result
from swdflash.cli.errors import Misused
from swdflash.cli.options import DryRunOption, ReachOptions, YesOption, command, memory_address
from swdflash.cli.plan_view import flash_picture, runs
from swdflash.cli.reach import reached_either_way
from swdflash.cli.terminal import Terminal
from swdflash.memory import Span


def address_and_length(text: str) -> Span:
    """A range written `ADDR:LENGTH`, such as `0x08004000:16k`."""
    start, colon, size = str(text).partition(":")
    if not colon:
        raise typer.BadParameter(f"{text!r} is no range; say it like 0x08004000:16k")
    span = Span(memory_address(start), memory_address(size))
    if not span.size:
        raise typer.BadParameter("the range is empty")
    return span


RangeOption = Annotated[
    list[Span] | None,
    typer.Option("--range", metavar="A:L", parser=address_and_length, help="Whole sectors only."),
]


@command
def erase(
    link: ReachOptions,
    terminal: Terminal,
    whole: Annotated[bool, typer.Option("--chip", help="All of flash.")] = False,
    spans: RangeOption = None,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
) -> None:
    """Erase flash; says what goes, and asks."""
    if whole == bool(spans):
        raise Misused("say either --chip or --range A:L", "erase")
    with reached_either_way(link, terminal) as target:
        prepared = swdflash.prepare_erase(target, None if whole else spans)
        info, chip = target.link.info, target.chip
        result = EraseResult(
            chip=chip_result(target),
            link=link_result(target),
            erase=ranges(prepared.plan.erase),
            done=None,
            recovered=recovered(target),
        )
        size = sum(span.size for span in prepared.plan.erase)
        where = ", ".join(map(str, runs(prepared.plan.erase)))
        if not dry_run:
            action = f"erase {render.size(size)}, {where}, on {chip.name} (UID {result.chip.uid})"
            terminal.confirm(action, yes=yes)
            with terminal.progress(simulated=info.simulated) as listen:
                done = prepared.carry_out(listen)
            result.done = done_result(done, simulated=info.simulated)
    if result.done is None:
        picture = flash_picture(prepared.plan.erase, (), (), chip.flash)
        terminal.show(result, f"would erase {render.size(size)}, {where}", *picture)
    else:
        taken = render.seconds(result.done.seconds, simulated=info.simulated)
        terminal.show(result, f"{chip.name}: erased {render.size(size)} in {taken}")
