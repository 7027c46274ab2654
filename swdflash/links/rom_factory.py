"""Opens a link to a ROM bootloader by its name."""

from __future__ import annotations

from contextlib import ExitStack

from swdflash.links.base import RomLink
from swdflash.links.engine import Engine
from swdflash.links.pace import Pace
from swdflash.links.table import named
from swdflash.links.via import Via, parse


def open_rom_link(via: str, *, timeout_s: float = 0.0) -> RomLink:
    """Open the way to the ROM that `via` names: `uart:PORT` or `dfu:SERIAL`.

    A port or a device that is not there yet is waited for up to `timeout_s`. Raises
    `links.errors.LinkError` kinds.
    """
    way = parse(via, Engine.AUTO)
    with ExitStack() as held:
        place, pace = way.place, Pace()
        if way.board is not None:
            plugged = held.enter_context(named(f"sim-{way.method}")(way.board))
            place = plugged.place
            pace = Pace(plugged.now, plugged.sleep, simulated=True)
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
