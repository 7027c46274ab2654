"""`swdflash list`: what is plugged in."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

import swdflash
from swdflash.cli import attached as view
from swdflash.cli.options import command
from swdflash.cli.terminal import Terminal

NOTHING = "no debug probe, serial port or chip in DFU mode is plugged in"
HINT = f"{NOTHING}; without one: swdflash sim new bench --board bluepill"


@command
def list_(
    terminal: Terminal,
    watch: Annotated[
        bool,
        typer.Option("--watch", help="Follow plug and unplug; with --json, a line each time."),
    ] = False,
) -> None:
    """List debug probes, serial ports, and STM32s in DFU mode.

    What this user may not open is listed, too, with the reason.
    """
    attached = swdflash.find_attached()
    _show(attached, terminal)
    while watch:
        attached = swdflash.await_change(attached)
        _show(attached, terminal)


def _show(attached: swdflash.Attached, terminal: Terminal) -> None:
    firmware = swdflash.probe_firmware() if attached.probes else {}
    empty = attached == swdflash.Attached()
    shown = Text(HINT) if empty else view.shown(attached, firmware)
    terminal.show(view.list_result(attached, firmware), shown)
