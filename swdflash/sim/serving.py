"""Serves a virtual board to programs that come by a socket: OpenOCD first of all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from swdflash.sim.cables.plug import Plug
from swdflash.sim.cables.stlink_tcp import StLinkServer
from swdflash.sim.faults import FaultPlan
from swdflash.sim.opening import booted


@dataclass(frozen=True)
class ServedStLink:
    """An ST-Link server with one probe, on 127.0.0.1."""

    port: int
    uid: str  # the probe's serial as tools show it
    now: Callable[[], float]  # the board's time in seconds
    plug: Plug  # the cable, for tests that pull it


@contextmanager
def serve_stlink(name: str, port: int = 0) -> Iterator[ServedStLink]:
    """The board `name` from the store, booted, its probe behind an ST-Link server.

    It is served from a thread of this process until the context ends; port 0 is any free one.
    What `SWDFLASH_SIM_FAULT` says goes wrong. Raises `SimExtraMissing`, `FaultPlanUnreadable`,
    OSError where the port is taken, and what the store raises.
    """
    faults = FaultPlan.from_environment()
    with booted(name) as board:
        plug = Plug(board, faults)
        with StLinkServer(plug, port) as server:
            yield ServedStLink(server.port, plug.uid, lambda: board.clock.now, plug)
