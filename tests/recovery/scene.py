"""A virtual board on a bench: its firmware, its wiring, the probe on it, and whoever is near."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swdflash.chips.data import chip_named
from swdflash.images.load import FileBytes, load_bytes
from swdflash.links.base import Connect, DebugLink
from swdflash.links.engine import Engine, EngineChoice
from swdflash.links.held_way import HeldWay
from swdflash.links.openocd import opening as openocd
from swdflash.links.openocd.opening import Place
from swdflash.links.pace import Pace
from swdflash.links.pyocd import opening as pyocd
from swdflash.links.rom_way import RomWay
from swdflash.links.via import parse
from swdflash.sim.board import VirtualBoard
from swdflash.sim.cables.plug import Plug
from swdflash.sim.cables.stlink_tcp import StLinkServer
from swdflash.sim.chip.nonvolatile import NonVolatile
from swdflash.sim.faults import NO_FAULTS
from swdflash.sim.opening import every_cable
from swdflash.sim.serving import Life
from swdflash.sim.store import Kept, Record
from swdflash.sim.unpowered import protect, put_firmware
from swdflash.sim.wiring import Wiring

FIRMWARE = Path(__file__).parents[1] / "firmware"
BLINKY = Path(__file__).parents[2] / "examples" / "blinky" / "blinky.elf"


@dataclass(frozen=True)
class Scene:
    """A powered board, the way to it, and the ways to its ROM bootloader by method."""

    board: VirtualBoard
    way: HeldWay

    def rom(self, text: str) -> RomWay:
        """The way to its ROM that is named so: `uart:sim:scene?…`."""
        return self.way.rom_way(text)


def firmware(name: str) -> Path:
    """One of the firmwares in `tests/firmware`, or blinky."""
    return BLINKY if name == "blinky" else FIRMWARE / f"{name}.elf"


def make_board(name: str, *, rdp: int = 0, **wiring: Any) -> VirtualBoard:
    """A Blue Pill with a firmware in flash as the factory would put it; "" for erased flash."""
    chip = chip_named("STM32F103C8")
    wires = Wiring(serial="F" * 24, **wiring)
    kept = Kept(
        name,
        Record(chip="STM32F103C8", wiring=wires),
        chip,
        NonVolatile.from_factory(chip, bytes(range(12))),
    )
    if name:
        file = FileBytes(f"{name}.elf", firmware(name).read_bytes())
        put_firmware(kept, load_bytes([file], bin_address=chip.flash.start).image)
    if rdp:
        protect(kept, rdp)
    return VirtualBoard.of(kept)


@contextmanager
def on_bench(board: VirtualBoard, engine: Engine = Engine.PYOCD) -> Iterator[Scene]:
    """The board switched on, its firmware running, a probe on it that `engine` drives."""
    board.boot()
    through = _through_openocd if engine is Engine.OPENOCD else _through_pyocd
    with through(board) as way:
        yield Scene(board, way)


@contextmanager
def _through_pyocd(board: VirtualBoard) -> Iterator[HeldWay]:
    with every_cable("scene", board, NO_FAULTS) as probe:

        def open_probe(connect: Connect, clock_hz: int | None, *, insist_s: float) -> DebugLink:
            return pyocd.open_link(
                probe.uid,
                via=f"pyocd:{probe.uid}",
                connect=connect,
                clock_hz=clock_hz,
                held=ExitStack(),
                insist_s=insist_s,
                simulated=True,
                now=probe.now,
            )

        pace = Pace(probe.now, probe.sleep, simulated=True)
        cables = {
            method: RomWay(parse(f"{method}:sim:scene"), place, pace)
            for method, place in probe.cables.items()
        }
        yield HeldWay(open_probe, probe.now, simulated=True, cables=cables)


@contextmanager
def _through_openocd(board: VirtualBoard) -> Iterator[HeldWay]:
    life = Life(board)
    with StLinkServer(Plug(board, NO_FAULTS), 0, life.turn) as server:
        place = Place(server_port=server.port, simulated=True, now=life.now)

        def open_probe(connect: Connect, clock_hz: int | None, *, insist_s: float) -> DebugLink:
            return openocd.open_link(
                parse(f"openocd:{board.wiring.serial}"),
                EngineChoice(Engine.OPENOCD),
                place,
                connect=connect,
                clock_hz=clock_hz,
                held=ExitStack(),
                insist_s=insist_s,
            )

        yield HeldWay(open_probe, life.now, simulated=True)
