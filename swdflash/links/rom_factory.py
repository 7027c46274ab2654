"""Opens a link to a ROM bootloader by its name."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from swdflash.links.base import RomLink
from swdflash.links.engine import Engine
from swdflash.links.pace import Pace
from swdflash.links.table import named
from swdflash.links.via import Via, parse

if TYPE_CHECKING:
    from swdflash.links.uart.detect import Detection


def open_rom_link(via: str, *, timeout_s: float = 0.0) -> RomLink:
    """Open the way to the ROM that `via` names: `uart:PORT` or `dfu:SERIAL`.

    A port or a device that is not there yet is waited for up to `timeout_s`. Raises
    `links.errors.LinkError` kinds.
    """
    way = parse(via, Engine.AUTO)
    with ExitStack() as held:
        place, pace = _reach(way, held)
        return open_at(way, place, pace, timeout_s, held.pop_all())


def open_at(
    way: Via, place: str, pace: Pace, timeout_s: float, held: ExitStack | None = None
) -> RomLink:
    """Open the ROM at the end of a port or a bus that is in reach.

    `held` is closed with the link, or here where it cannot be opened. Raises LinkError kinds.
    """
    held = held or ExitStack()
    try:
        link: RomLink = named(way.method)(way, place, pace, timeout_s=timeout_s, held=held)
    except BaseException:
        held.close()
        raise
    return link


def detect_lines(via: str, *, timeout_s: float = 0.0) -> Detection:
    """Which of RTS and DTR of the port that `via` names lead to BOOT0 and NRST, by trying.

    A `links.uart.detect.Detection`. Resets the chip, and leaves it in its ROM where they were
    found. Raises `links.errors.LinkError` kinds.
    """
    way = parse(via, Engine.AUTO)
    with ExitStack() as held:
        place, pace = _reach(way, held)
        found: Detection = named("uart-lines")(way, place, pace, timeout_s=timeout_s, held=held)
        return found


def _reach(way: Via, held: ExitStack) -> tuple[str, Pace]:
    """The place behind a way, and whose time it is; a virtual board is plugged in."""
    if way.board is None:
        return way.place, Pace()
    plugged = held.enter_context(named(f"sim-{way.method}")(way.board))
    return plugged.place, Pace(plugged.now, plugged.sleep, simulated=True)
