"""`swdflash reset` and `swdflash go ADDR`: what the core runs."""

from __future__ import annotations

from typing import Annotated

import typer

import swdflash
from swdflash.cli.documents.envelope import address as spelled
from swdflash.cli.documents.parts import chip_result, link_result, recovered
from swdflash.cli.documents.run import GoResult, ResetResult
from swdflash.cli.options import DryRunOption, LinkOptions, command, memory_address
from swdflash.cli.reach import reached, reached_either_way
from swdflash.cli.terminal import Terminal


@command
def reset(
    link: LinkOptions,
    terminal: Terminal,
    halt: Annotated[
        bool, typer.Option("--halt", help="Stop before the first instruction.")
    ] = False,
    hard: Annotated[bool, typer.Option("--hard", help="By the NRST wire.")] = False,
    dry_run: DryRunOption = False,
) -> None:
    """Reset the chip, and let it run."""
    kind = swdflash.Reset.HARDWARE if hard else swdflash.Reset.SYSTEM
    with reached(link, terminal) as target:
        if not dry_run:
            swdflash.reset(target, kind, halt=halt)
        result = ResetResult(
            chip_result(target),
            link_result(target),
            kind.value,
            halt,
            not dry_run,
            recovered(target),
        )
    how = "NRST" if hard else "SYSRESETREQ"
    end = "halted before its first instruction" if halt else "running"
    would = "would be " if dry_run else ""
    terminal.show(result, f"{result.chip.name} {would}reset by {how}, {end}")


@command
def go(
    address: Annotated[
        int,
        typer.Argument(metavar="ADDR", parser=memory_address, help="Of its vector table."),
    ],
    link: LinkOptions,
    terminal: Terminal,
    dry_run: DryRunOption = False,
) -> None:
    """Start the program at ADDR.

    ADDR is that of its vector table, in flash or in RAM.
    """
    with reached_either_way(link, terminal) as target:
        program = swdflash.program_at(target, address)
        if not dry_run:
            swdflash.start(target, program)
        result = GoResult(
            chip=chip_result(target),
            link=link_result(target),
            address=spelled(address),
            initial_sp=spelled(program.initial_sp),
            reset=spelled(program.reset),
            done=not dry_run,
            recovered=recovered(target),
        )
    would = "would be started" if dry_run else "runs"
    terminal.show(result, f"the program at {result.address} {would} from {result.reset}")
