"""`swdflash dbgmcu show|set|clear`: what goes on clocking and counting while the core does not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

import swdflash
from swdflash.cli import render
from swdflash.cli.documents.dbgmcu import (
    DbgmcuChangeResult,
    DbgmcuResult,
    DbgmcuShowResult,
    dbgmcu_result,
)
from swdflash.cli.documents.parts import chip_result, link_result, recovered
from swdflash.cli.options import DryRunOption, LinkOptions, command, command_group
from swdflash.cli.reach import reached
from swdflash.cli.terminal import Terminal

app = command_group("The debug bits of the chip (DBGMCU_CR), by name.")

BITS_HELP = "DBG_STOP, TRACE_MODE=2, or a group: low-power, watchdogs, timers, buses, trace."
BitsArgument = Annotated[list[str], typer.Argument(metavar="BIT", help=BITS_HELP)]
UnderResetOption = Annotated[
    bool,
    typer.Option("--under-reset", help="Write while NRST is low; resets the chip."),
]


@app.command()
@command
def show(link: LinkOptions, terminal: Terminal) -> None:
    """Show every bit as it was before swdflash connected."""
    with reached(link, terminal) as target:
        result = DbgmcuShowResult(
            chip=chip_result(target),
            link=link_result(target),
            dbgmcu=dbgmcu_result(swdflash.dbgmcu_found(target)),
            groups=swdflash.dbgmcu_groups(target.chip),
            recovered=recovered(target),
        )
    terminal.show(result, f"DBGMCU_CR {result.dbgmcu.value}", render.facts(_rows(result)))


@app.command("set")
@command
def set_(
    bits: BitsArgument,
    link: LinkOptions,
    terminal: Terminal,
    under_reset: UnderResetOption = False,
    dry_run: DryRunOption = False,
) -> None:
    """Set bits; they stay until they are cleared or the board loses its power."""
    _change(bits, 1, link, terminal, under_reset=under_reset, dry_run=dry_run)


@app.command()
@command
def clear(
    bits: BitsArgument,
    link: LinkOptions,
    terminal: Terminal,
    under_reset: UnderResetOption = False,
    dry_run: DryRunOption = False,
) -> None:
    """Clear bits."""
    _change(bits, 0, link, terminal, under_reset=under_reset, dry_run=dry_run)


def _change(
    bits: list[str],
    content: int,
    link: LinkOptions,
    terminal: Terminal,
    *,
    under_reset: bool,
    dry_run: bool,
) -> None:
    with reached(link, terminal) as target:
        if dry_run:
            before = swdflash.dbgmcu_found(target)
            after, in_reset = swdflash.dbgmcu_after(target.chip, before, bits, content), False
        else:
            before, after, in_reset = swdflash.change_dbgmcu(
                target, bits, content, in_reset=under_reset
            )
            if under_reset and not in_reset:
                terminal.warn(
                    "no-reset", "NRST does not reach the chip: it was written all the same"
                )
        result = DbgmcuChangeResult(
            chip=chip_result(target),
            link=link_result(target),
            before=dbgmcu_result(before),
            after=dbgmcu_result(after),
            in_reset=in_reset,
            done=not dry_run,
            recovered=recovered(target),
        )
    would = "would be " if dry_run else ""
    terminal.show(result, f"DBGMCU_CR {would}{result.after.value} ({_words(result.after)})")


def _words(dbgmcu: DbgmcuResult) -> str:
    return " ".join(_named(name, value) for name, value in dbgmcu.fields.items() if value) or (
        "nothing set"
    )


def _named(name: str, value: int) -> str:
    return name if value == 1 else f"{name}={value}"


def _rows(result: DbgmcuShowResult) -> Iterator[tuple[str, str]]:
    fields = result.dbgmcu.fields
    for group, names in result.groups.items():
        lit = [_named(name, fields[name]) for name in names if fields[name]]
        none = f"none of {', '.join(names)}" if names else "in a register of its own"
        yield group, " ".join(lit) or none
