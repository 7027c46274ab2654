"""`swdflash list`: what is plugged in."""

from __future__ import annotations

from rich.text import Text

import swdflash
from swdflash.cli import render
from swdflash.cli.documents.host import ListResult, Probe
from swdflash.cli.options import command
from swdflash.cli.terminal import Terminal


@command
def list_(terminal: Terminal) -> None:
    """List the debug probes that are plugged in."""
    probes = [
        Probe(found.via, found.uid, found.vendor, found.product, found.access.value)
        for found in swdflash.find_probes()
    ]
    if probes:
        rows = [(probe.via, probe.product, probe.access) for probe in probes]
        shown = render.grid(("--via", "probe", "access"), rows)
        terminal.show(ListResult(probes), shown)
    else:
        hint = "no debug probe is plugged in; without one: swdflash sim new bench --board bluepill"
        terminal.show(ListResult([]), Text(hint))
