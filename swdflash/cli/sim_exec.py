"""`swdflash sim exec`: another program, with a virtual board's probe in sight."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from swdflash.cli.documents.sim import SimExecResult
from swdflash.cli.options import command
from swdflash.cli.render import seconds
from swdflash.cli.sim_power import powered
from swdflash.cli.terminal import Terminal
from swdflash.sim.cables.exec import run_with_board


@command
def exec_(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The virtual board.")],
    program: Annotated[
        list[str],
        typer.Argument(metavar="-- PROGRAM", help="A program, such as pyocd or dfu-util."),
    ],
    terminal: Terminal,
) -> None:
    """Run a program that finds the virtual board's probe where it looks for USB devices.

    Ends with the program's exit code; with --json, what it prints goes to stderr.
    """
    with powered(name) as (_kept, board):
        board.boot()
        with _stdout_to_stderr(terminal.json):
            ended = run_with_board(board, program)
    terminal.say(f"{program[0]} ended after {seconds(ended.simulated_s, simulated=True)}")
    terminal.show(SimExecResult(ended.exit_code, ended.simulated_s))
    if ended.exit_code:
        raise typer.Exit(ended.exit_code)


@contextmanager
def _stdout_to_stderr(wanted: bool) -> Iterator[None]:
    """Keep stdout for the JSON document while a program inherits it."""
    if not wanted:
        yield
        return
    sys.stdout.flush()
    stdout = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(stdout, 1)
        os.close(stdout)
