"""Opens a debug link, or a way for several of them, by its name."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from swdflash.chips.probes import Probe, probes
from swdflash.links.base import Connect, DebugLink
from swdflash.links.engine import BY_THE_WAY, Engine, EngineChoice
from swdflash.links.errors import (
    LinkError,
    NoPermission,
    NoProbe,
    ProbeBusy,
    SameSerials,
    SeveralProbes,
)
from swdflash.links.held_way import HeldWay
from swdflash.links.pace import Pace
from swdflash.links.recorder import Recording, logged
from swdflash.links.rom_way import RomWay
from swdflash.links.table import named
from swdflash.links.via import AUTO, SIM, TCP, Via, parse

LOOK_AGAIN_S = 0.2


def open_debug_link(
    via: str,
    *,
    connect: Connect = Connect.ATTACH,
    clock_hz: int | None = None,
    timeout_s: float = 0.0,
    engine: EngineChoice = BY_THE_WAY,
    record: Path | None = None,
    argv: Sequence[str] = (),
    inputs: Sequence[Path] = (),
) -> DebugLink:
    """Open the way that `via` names; the link is a context manager.

    A probe that is not there yet is waited for up to `timeout_s`. `clock_hz` is asked of the
    probe (4 MHz unless given). `engine` decides where the way names no method. With `record`,
    every call goes into that file too, and in front of them `argv` and the files `inputs`. Raises
    `links.errors.LinkError` kinds.
    """
    way = parse(via, engine.engine)
    if record is None:
        return logged(_open(way, engine, connect, clock_hz, timeout_s))
    with ExitStack() as undo:
        recording = undo.enter_context(Recording(record, argv, inputs))
        link = recording.opening(lambda: _open(way, engine, connect, clock_hz, timeout_s))
        undo.pop_all()
        return logged(link)


@contextmanager
def hold_way(
    via: str,
    *,
    timeout_s: float = 0.0,
    engine: EngineChoice = BY_THE_WAY,
    record: Path | None = None,
    argv: Sequence[str] = (),
    inputs: Sequence[Path] = (),
) -> Iterator[HeldWay]:
    """The way that `via` names, for links to be opened over it one after the other.

    A virtual board keeps its supply for as long as the way is held. The options are those of
    `open_debug_link`. Raises `links.errors.LinkError` kinds.
    """
    way = parse(via, engine.engine)
    with ExitStack() as held:
        if way.board is not None:
            plugged = held.enter_context(_plug(way, way.board))
            opener = partial(_open_plugged, way, engine, plugged, held=None)
            cables, wired = ({}, []) if _served(way) else _cables(way.board, plugged)
            found = HeldWay(opener, plugged.now, simulated=True, cables=cables, wired=wired)
        elif way.method == "replay":
            calls = named("replay")(Path(way.place))
            found = HeldWay(calls.open, calls.now, simulated=calls.simulated)
        else:
            found = HeldWay(partial(_open, way, engine, timeout_s=timeout_s), time.monotonic)
        if record is not None:
            recording = Recording(record, argv, inputs, simulated=found.simulated)
            found.recording = held.enter_context(recording)
        yield found


def _open(
    way: Via,
    engine: EngineChoice,
    connect: Connect,
    clock_hz: int | None,
    timeout_s: float,
    insist_s: float = 0.0,
) -> DebugLink:
    if way.method == "replay":
        link: DebugLink = named("replay")(Path(way.place)).open()
        return link
    if way.board is None:
        return _open_probe(way, engine, connect, clock_hz, timeout_s, insist_s=insist_s)
    return _open_board(way, way.board, engine, connect, clock_hz)


def _served(way: Via) -> bool:
    """Whether a virtual board is behind a server, and its other cables with it."""
    return way.method == Engine.OPENOCD


def _plug(way: Via, board: str) -> AbstractContextManager[Any]:
    """The virtual board's probe, within reach of the way's engine."""
    plugged: AbstractContextManager[Any]
    plugged = named("sim-openocd" if _served(way) else "sim")(board)
    return plugged


def _cables(board: str, plugged: Any) -> tuple[dict[str, RomWay], list[RomWay]]:
    """Ways to the ROM of a virtual board that is plugged in already, and those that are wired."""
    pace = Pace(plugged.now, plugged.sleep, simulated=True)
    cables = {
        method: RomWay(parse(f"{method}:{SIM}:{board}"), place, pace)
        for method, place in plugged.cables.items()
    }
    wired = [parse(text) for text in plugged.wired]
    return cables, [replace(cables[via.method], via=via) for via in wired]


def _open_board(
    way: Via, board: str, engine: EngineChoice, connect: Connect, clock_hz: int | None
) -> DebugLink:
    """Plug a virtual board in, and open its probe like any other."""
    with ExitStack() as held:
        plugged = held.enter_context(_plug(way, board))
        return _open_plugged(way, engine, plugged, connect, clock_hz, held=held.pop_all())


def _open_plugged(
    way: Via,
    engine: EngineChoice,
    plugged: Any,
    connect: Connect,
    clock_hz: int | None,
    insist_s: float = 0.0,
    *,
    held: ExitStack | None,
) -> DebugLink:
    how: dict[str, Any] = {"connect": connect, "clock_hz": clock_hz, "insist_s": insist_s}
    how["held"] = held or ExitStack()
    where: dict[str, Any] = {"simulated": True, "now": plugged.now}
    link: DebugLink
    if _served(way):
        place = named("openocd-place")(server_port=plugged.port, **where)
        link = named("openocd")(way, engine, place, **how)
    else:
        link = named("pyocd")(plugged.uid, via=str(way), **how, **where)
    return link


def _open_probe(
    way: Via,
    engine: EngineChoice,
    connect: Connect,
    clock_hz: int | None,
    timeout_s: float,
    *,
    insist_s: float,
) -> DebugLink:
    """Open a probe, as soon as it is there."""
    deadline = time.monotonic() + timeout_s
    chosen = way
    while True:
        try:
            chosen = _choose(engine) if way.method == AUTO else way
            return _open_chosen(chosen, engine, connect, clock_hz, insist_s)
        except ProbeBusy as busy:
            raise _with_holder(busy, chosen.place) from busy
        except NoProbe:
            if time.monotonic() >= deadline:
                raise
            time.sleep(LOOK_AGAIN_S)


def _open_chosen(
    way: Via, engine: EngineChoice, connect: Connect, clock_hz: int | None, insist_s: float
) -> DebugLink:
    how: dict[str, Any] = {"connect": connect, "clock_hz": clock_hz, "insist_s": insist_s}
    how["held"] = ExitStack()
    link: DebugLink
    if way.method == Engine.OPENOCD:
        place = named("openocd-place")(kind=_kind_of(way))
        link = named("openocd")(way, engine, place, **how)
    else:
        link = named("pyocd")(way.place, via=str(way), **how)
    return link


def _kind_of(way: Via) -> Probe | None:
    """What is plugged in with the serial number that a way names; None for no serial number."""
    if way.place.startswith(f"{TCP}:") or way.place.endswith(".cfg"):
        return None
    for found in named("probes")():
        if found.uid == way.place:
            return next((kind for kind in probes() if kind.name == found.kind), None)
    raise NoProbe(f"a probe with the serial number {way.place}", "there is none")


def _choose(engine: EngineChoice) -> Via:
    """The way through the only probe there is, by the first engine that can drive it."""
    found = named("probes")()
    usable = [
        (Via(method, probe.uid), probe)
        for probe in found
        if probe.access == "ok" and (method := engine.among(probe.engines))
    ]
    ways = {way: probe.product for way, probe in usable}
    if not ways:
        raise _nothing_usable(found)
    if len(ways) < len(usable):
        raise _same_serials(usable)
    if len(ways) > 1:
        raise SeveralProbes({str(way): product for way, product in ways.items()})
    return next(iter(ways))


def _same_serials(usable: Sequence[tuple[Via, Any]]) -> SameSerials:
    """Which of these probes cannot be told apart."""
    ways = [way for way, _ in usable]
    shared = next(way for way in ways if ways.count(way) > 1)
    copies = [probe for way, probe in usable if way == shared]
    paths = ", ".join(probe.usb_path or "?" for probe in copies)
    by_socket = tuple(probe.via_socket for probe in copies if probe.via_socket)
    return SameSerials(shared.place, paths, by_socket)


def _nothing_usable(probes: Sequence[Any]) -> LinkError:
    """Why none of these probes can be had."""
    for probe in probes:
        name = f"{probe.product} {probe.uid}".strip()
        if probe.access == "permission denied":
            return NoPermission(name, probe.obstacle)
        if probe.access == "busy":
            return ProbeBusy(name, probe.obstacle)
    others = ", ".join(f"{probe.product} ({probe.access})" for probe in probes)
    looked_for = "an ST-Link, CMSIS-DAP, J-Link or other probe that swdflash knows"
    return NoProbe(looked_for, f"there is only {others}") if others else NoProbe(looked_for)


def _with_holder(busy: ProbeBusy, uid: str) -> ProbeBusy:
    """The same error, with the program that has the probe where the system tells."""
    found = (probe.obstacle for probe in named("probes")() if uid in (probe.uid, ""))
    return ProbeBusy(busy.probe, next(filter(None, found), busy.detail))
