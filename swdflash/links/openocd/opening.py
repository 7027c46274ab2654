"""Opens the link through OpenOCD: one that is started for it, or one that runs already."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import urlsplit

from swdflash.chips.probes import Probe
from swdflash.links.base import Connect, LinkInfo
from swdflash.links.engine import EngineChoice
from swdflash.links.errors import (
    BadVia,
    CoreWillNotHalt,
    NoAnswer,
    NoTargetVoltage,
    TransferFault,
)
from swdflash.links.openocd.console import Console
from swdflash.links.openocd.debug_link import OpenocdLink
from swdflash.links.openocd.interface import (
    DEFAULT_TARGET,
    Interface,
    interface_for,
    stlink_server,
    users_own,
)
from swdflash.links.openocd.process import check_version
from swdflash.links.via import Via

TCL_PORT = 6666  # OpenOCD's own, unless told otherwise
SILENT = (NoAnswer, NoTargetVoltage, TransferFault, CoreWillNotHalt)


@dataclass(frozen=True)
class Place:
    """What a way's place stands for, where that is not in its name."""

    kind: Probe | None = None  # of the probe with this serial number
    server_port: int | None = None  # of an ST-Link server on this machine
    simulated: bool = False
    now: Callable[[], float] = time.monotonic


def open_link(
    way: Via,
    choice: EngineChoice,
    place: Place,
    *,
    connect: Connect,
    clock_hz: int | None,
    held: ExitStack,
    insist_s: float = 0.0,
) -> OpenocdLink:
    """Connect to the chip that `way` leads to.

    A chip that does not answer is called again and again for `insist_s`. `held` is closed with the
    link, or at once if opening fails.
    """
    with held:
        reach = _reach(way, choice, place, connect)
        deadline = place.now() + insist_s
        while True:
            link = OpenocdLink(reach(), _info(way, place), place.now)
            try:
                link.open(connect, clock_hz)
            except BaseException as error:
                link.close()
                if not isinstance(error, SILENT) or place.now() >= deadline:
                    raise
            else:
                link.hold(held.pop_all())
                return link


def _info(way: Via, place: Place) -> LinkInfo:
    return LinkInfo(str(way), "openocd", "", 0, place.simulated)


def _reach(way: Via, choice: EngineChoice, place: Place, connect: Connect) -> Callable[[], Console]:
    """How to come by a console, as often as needed."""
    if way.place.startswith("tcp://"):
        host, port = _address(way)
        return lambda: Console.join(host, port)
    interface = _interface(way, place)
    check_version(choice.openocd)
    target = way.option("target") or choice.openocd_target or DEFAULT_TARGET
    arguments = interface.arguments(target, connect)
    return lambda: Console.start(choice.openocd, arguments, interface.probe)


def _address(way: Via) -> tuple[str, int]:
    try:
        parts = urlsplit(way.place)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise BadVia(str(way), str(error)) from error
    if not host or parts.path or parts.username:
        raise BadVia(str(way), "write the address as tcp://127.0.0.1:6666")
    return host, port or TCL_PORT


def _interface(way: Via, place: Place) -> Interface:
    transport = way.option("transport")
    if place.server_port is not None:
        return stlink_server(place.server_port, way.place, transport)
    if place.kind is not None:
        return interface_for(place.kind, way.place, transport)
    files = (way.place, *way.every("file"))
    return users_own(files, way.every("search"), transport)
