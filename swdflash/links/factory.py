"""Opens a link by its name: the only place that knows which code is behind which name."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from swdflash.links.base import Connect, DebugLink
from swdflash.links.errors import (
    EngineMissing,
    LinkError,
    NoPermission,
    NoProbe,
    ProbeBusy,
    SeveralProbes,
)
from swdflash.links.held_way import HeldWay
from swdflash.links.recorder import Recording, logged
from swdflash.links.via import AUTO, Via, parse

# Named here and imported when asked for: most commands need one of them, some none.
TABLE = {
    "pyocd": "swdflash.links.pyocd:open_link",
    "replay": "swdflash.links.replay:Calls",
    "sim": "swdflash.sim.opening:plug_in",
    "probes": "swdflash.host.probes:find_probes",
}
LOOK_AGAIN_S = 0.2


def open_debug_link(
    via: str,
    *,
    connect: Connect = Connect.ATTACH,
    clock_hz: int | None = None,
    timeout_s: float = 0.0,
    record: Path | None = None,
    argv: Sequence[str] = (),
    inputs: Sequence[Path] = (),
) -> DebugLink:
    """Open the way that `via` names; the link is a context manager.

    A probe that is not there yet is waited for up to `timeout_s`. `clock_hz` is asked of the
    probe (4 MHz unless given). With `record`, every call goes into that file too, and in front
    of them `argv` and the files `inputs`. Raises `links.errors.LinkError` kinds.
    """
    way = parse(via)
    if record is None:
        return logged(_open(way, connect, clock_hz, timeout_s))
    with ExitStack() as undo:
        recording = undo.enter_context(Recording(record, argv, inputs))
        link = recording.opening(lambda: _open(way, connect, clock_hz, timeout_s))
        undo.pop_all()
        return logged(link)


@contextmanager
def hold_way(
    via: str,
    *,
    timeout_s: float = 0.0,
    record: Path | None = None,
    argv: Sequence[str] = (),
    inputs: Sequence[Path] = (),
) -> Iterator[HeldWay]:
    """The way that `via` names, for links to be opened over it one after the other.

    A virtual board keeps its supply for as long as the way is held. The options are those of
    `open_debug_link`. Raises `links.errors.LinkError` kinds.
    """
    way = parse(via)
    with ExitStack() as held:
        if way.method == "pyocd" and way.board is not None:
            plugged = held.enter_context(_named("sim")(way.board))
            found = HeldWay(partial(_open_plugged, way, plugged, held=None), plugged.now)
        elif way.method == "replay":
            calls = _named("replay")(Path(way.place))
            found = HeldWay(calls.open, calls.now)
        else:
            found = HeldWay(partial(_open, way, timeout_s=timeout_s), time.monotonic)
        if record is not None:
            found.recording = held.enter_context(Recording(record, argv, inputs))
        yield found


def _open(
    way: Via,
    connect: Connect,
    clock_hz: int | None,
    timeout_s: float,
    insist_s: float = 0.0,
) -> DebugLink:
    if way.method == "replay":
        link: DebugLink = _named("replay")(Path(way.place)).open()
        return link
    if way.board is None:
        return _open_probe(way, connect, clock_hz, timeout_s, insist_s)
    return _open_board(way, way.board, connect, clock_hz)


def _named(key: str) -> Any:
    module, _, function = TABLE[key].partition(":")
    try:
        return getattr(import_module(module), function)
    except ModuleNotFoundError as missing:
        package = (missing.name or module).partition(".")[0]
        raise EngineMissing(package, str(missing)) from missing


def _open_board(way: Via, board: str, connect: Connect, clock_hz: int | None) -> DebugLink:
    """Plug a virtual board in, and open its probe like any other."""
    with ExitStack() as held:
        plugged = held.enter_context(_named("sim")(board))
        return _open_plugged(way, plugged, connect, clock_hz, held=held.pop_all())


def _open_plugged(
    way: Via,
    plugged: Any,
    connect: Connect,
    clock_hz: int | None,
    insist_s: float = 0.0,
    *,
    held: ExitStack | None,
) -> DebugLink:
    link: DebugLink = _named("pyocd")(
        plugged.uid,
        via=str(way),
        connect=connect,
        clock_hz=clock_hz,
        held=held or ExitStack(),
        insist_s=insist_s,
        simulated=True,
        now=plugged.now,
    )
    return link


def _open_probe(
    way: Via, connect: Connect, clock_hz: int | None, timeout_s: float, insist_s: float
) -> DebugLink:
    """Open a probe, as soon as it is there."""
    deadline = time.monotonic() + timeout_s
    uid = ""
    while True:
        try:
            uid = _choose() if way.method == AUTO else way.place
            link: DebugLink = _named("pyocd")(
                uid,
                via=f"pyocd:{uid}",
                connect=connect,
                clock_hz=clock_hz,
                held=ExitStack(),
                insist_s=insist_s,
            )
        except ProbeBusy as busy:
            raise _with_holder(busy, uid) from busy
        except NoProbe:
            if time.monotonic() >= deadline:
                raise
            time.sleep(LOOK_AGAIN_S)
        else:
            return link


def _choose() -> str:
    """Serial number of the only probe there is."""
    probes = _named("probes")()
    usable = [probe for probe in probes if probe.access == "ok" and "pyocd" in probe.engines]
    if not usable:
        raise _nothing_usable(probes)
    if len(usable) > 1:
        raise SeveralProbes({probe.via: probe.product for probe in usable})
    return str(usable[0].uid)


def _nothing_usable(probes: Sequence[Any]) -> LinkError:
    """Why none of these probes can be had."""
    for probe in probes:
        name = f"{probe.product} {probe.uid}".strip()
        if probe.access == "permission denied":
            return NoPermission(name, probe.obstacle)
        if probe.access == "busy":
            return ProbeBusy(name, probe.obstacle)
    others = ", ".join(f"{probe.product} ({probe.access})" for probe in probes)
    looked_for = "an ST-Link, CMSIS-DAP, J-Link or other probe that pyOCD knows"
    return NoProbe(looked_for, f"there is only {others}") if others else NoProbe(looked_for)


def _with_holder(busy: ProbeBusy, uid: str) -> ProbeBusy:
    """The same error, with the program that has the probe where the system tells."""
    found = (probe.obstacle for probe in _named("probes")() if uid in (probe.uid, ""))
    return ProbeBusy(busy.probe, next(filter(None, found), busy.detail))
