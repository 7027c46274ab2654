"""A virtual board, and what OpenOCD is told to reach it: three ways, two kinds of probe."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from swdflash.chips.data import chip_named
from swdflash.sim.board import VirtualBoard
from swdflash.sim.cables.plug import Plug
from swdflash.sim.cables.pty import PtyCable
from swdflash.sim.cables.stlink_tcp import StLinkServer
from swdflash.sim.chip.nonvolatile import NonVolatile
from swdflash.sim.probes.bus_pirate import BusPirate
from swdflash.sim.wiring import Wiring

SERIAL = "066DFF535051717867112233"
PORTS = "bindto 127.0.0.1; tcl_port disabled; gdb_port disabled; telnet_port disabled"


@dataclass(frozen=True)
class Way:
    """How OpenOCD reaches a board."""

    name: str
    cable: Callable[[VirtualBoard], AbstractContextManager[list[str]]]

    def __str__(self) -> str:
        return self.name


@contextmanager
def dapdirect(board: VirtualBoard) -> Iterator[list[str]]:
    """OpenOCD speaks to the DAP, through an ST-Link server."""
    with StLinkServer(Plug(board)) as server:
        way = f"st-link backend tcp {server.port}; transport select dapdirect_swd"
        yield ["-f", "interface/stlink-dap.cfg", "-c", way]


@contextmanager
def hla(board: VirtualBoard) -> Iterator[list[str]]:
    """OpenOCD leaves the DAP to the probe, through an ST-Link server."""
    with StLinkServer(Plug(board)) as server:
        way = f"hla_stlink_backend tcp {server.port}; transport select hla_swd"
        yield ["-f", "interface/stlink.cfg", "-c", way]


@contextmanager
def bus_pirate(board: VirtualBoard) -> Iterator[list[str]]:
    """OpenOCD makes every bit itself."""
    with PtyCable(BusPirate(board)) as cable:
        way = f"adapter driver buspirate; buspirate port {cable.path}; transport select swd"
        yield ["-c", way]


DAPDIRECT, HLA, BUS_PIRATE = (
    Way("dapdirect", dapdirect),
    Way("hla", hla),
    Way("buspirate", bus_pirate),
)
WAYS = (DAPDIRECT, HLA, BUS_PIRATE)


@dataclass(frozen=True)
class Rig:
    """A board, and its cells."""

    board: VirtualBoard
    cells: NonVolatile

    @property
    def flash(self) -> bytes:
        """As it is, asked of nobody in between."""
        return self.cells.flash[: self.board.chip.chip.flash.span.size]


@contextmanager
def rig(part: str, way: Way, probe: str = "st-link-v2") -> Iterator[tuple[Rig, list[str]]]:
    """A new board, powered, and the options by which OpenOCD finds it."""
    chip = chip_named(part)
    cells = NonVolatile.from_factory(chip, b"openocd's id")
    board = VirtualBoard(chip, cells, Wiring(serial=SERIAL, probe=probe))
    board.boot()
    with way.cable(board) as options:
        yield Rig(board, cells), options
    board.power_off()


def openocd(
    options: list[str], *commands: str, target: str = "stm32f1x"
) -> subprocess.CompletedProcess[str]:
    """Run it to its end; both of its streams come as stderr."""
    argv = ["openocd", "-c", PORTS, *options, "-f", f"target/{target}.cfg"]
    return subprocess.run(
        [*argv, *(word for command in commands for word in ("-c", command))],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=100,
    )
