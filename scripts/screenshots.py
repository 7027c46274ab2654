#!/usr/bin/env python3
"""Draws docs/screenshots/*.svg: `list` and `doctor` as they look, with virtual boards plugged in.

Two virtual boards are powered, one of whose probes may not be opened. What the pictures must not
depend on is made up: the machine's own ports, its udev rules, and where its programs are.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from rich.console import Console, RenderableType
from rich.text import Text

import swdflash
from swdflash.chips.data import chip_named
from swdflash.cli import attached, doctor
from swdflash.doctor.facts import Engine, Trial
from swdflash.host import sysfs
from swdflash.host.found import Attached
from swdflash.host.surroundings import Surroundings
from swdflash.host.udev import State
from swdflash.sim.board import VirtualBoard
from swdflash.sim.cables.hostside.host import Host
from swdflash.sim.cables.hub import Hub
from swdflash.sim.cables.plug import Plug
from swdflash.sim.chip.nonvolatile import NonVolatile
from swdflash.sim.faults import FaultPlan
from swdflash.sim.wiring import Wiring

PICTURES = Path(__file__).parents[1] / "docs/screenshots"
COLUMNS = 104
BOARDS = (("v2-1", "066DFF535554877567133421", ""), ("v3", "003A00313438510234313939", "denied"))


def main() -> None:
    """Both pictures."""
    PICTURES.mkdir(exist_ok=True)
    with plugged_in():
        found = swdflash.find_attached()
        firmware = swdflash.probe_firmware()
        facts = swdflash.gather_facts(found.probes[-1].via)
    draw("list", attached.shown(found, firmware))
    steady = replace(
        facts,
        around=Surroundings("linux", user="you"),
        python=(3, 12),
        libusb="libusb-1.0.so.0",
        pyocd=Engine("0.46.0"),
        openocd=Engine("0.12.0", "/usr/bin/openocd"),
        attached=Attached(found.probes),
        rules=State.ABSENT,
        conflicts=(),
        modem_manager=False,
        trial=facts.trial and Trial(facts.trial.via, facts.trial.chip, facts.trial.trouble),
    )
    draw("doctor", doctor.report(swdflash.examine(steady), doctor.serials(steady)))


@contextlib.contextmanager
def plugged_in() -> Iterator[None]:
    """The boards, and no sysfs that tells of others."""
    with contextlib.ExitStack() as held:
        sysfs.SYS = Path(held.enter_context(tempfile.TemporaryDirectory()))
        plugs = []
        for probe, serial, fault in BOARDS:
            chip = chip_named("STM32F103C8")
            cells = NonVolatile.from_factory(chip, serial.encode()[:12])
            held.callback(cells.close)
            board = VirtualBoard(chip, cells, Wiring(probe=probe, serial=serial))
            board.boot()
            plugs.append(Plug(board, FaultPlan.parse(fault)))
        held.enter_context(Host(Hub(plugs)))
        yield


def draw(command: str, shown: RenderableType) -> None:
    """One picture, as a terminal would show it; rich's names of its own are made the same."""
    with Path("/dev/null").open("w") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True)
        console.print(Text(f"$ swdflash {command}", "bold"))
        console.print(shown)
        title = f"swdflash {command} (virtual boards)"
        picture = console.export_svg(title=title, unique_id=f"swdflash-{command}")
    (PICTURES / f"{command}.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
