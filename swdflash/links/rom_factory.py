"""Opens a link to a ROM bootloader by its name."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from swdflash.links.base import RomLink
from swdflash.links.engine import Engine
from swdflash.links.pace import Pace
from swdflash.links.played import Calls
from swdflash.links.recorder import Recording
from swdflash.links.rom_recording import ReplayRom, is_of_rom, record_rom
from swdflash.links.table import named
from swdflash.links.via import Via, parse

if TYPE_CHECKING:
    from swdflash.links.uart.detect import Detection


def leads_to_rom(via: str, engine: Engine = Engine.AUTO) -> bool:
    """Whether a way ends at a ROM bootloader; of a recording, whether it did.

    Raises what `links.via.parse` does, and `BadRecording`.
    """
    way = parse(via, engine)
    return is_of_rom(Path(way.place)) if way.method == "replay" else way.to_rom


def open_rom_link(
    via: str,
    *,
    timeout_s: float = 0.0,
    record: Path | None = None,
    argv: Sequence[str] = (),
    inputs: Sequence[Path] = (),
) -> RomLink:
    """Open the way to the ROM that `via` names: `uart:PORT` or `dfu:SERIAL`.

    A port or a device that is not there yet is waited for up to `timeout_s`. With `record`, every
    call goes into that file too, and in front of them `argv` and the files `inputs`. Raises
    `links.errors.LinkError` kinds.
    """
    way = parse(via, Engine.AUTO)
    if way.method == "replay":
        return ReplayRom(Calls(Path(way.place)))
    if record is None:
        return _open(way, timeout_s)
    with ExitStack() as undo:
        simulated = way.board is not None
        recording = undo.enter_context(Recording(record, argv, inputs, simulated=simulated))
        link = record_rom(recording, lambda: _open(way, timeout_s))
        undo.pop_all()
        return link


def _open(way: Via, timeout_s: float) -> RomLink:
    with ExitStack() as held:
        place, pace = _reach(way, held)
        return open_at(way, place, pace, timeout_s, held.pop_all())


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
