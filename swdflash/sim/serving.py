"""Serves a virtual board to programs that come by a socket or a serial line: OpenOCD, above all."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from serial import serial_for_url

from swdflash.sim.cables.plug import Plug
from swdflash.sim.cables.pty import PtyCable
from swdflash.sim.cables.serial_adapter import SerialAdapter
from swdflash.sim.cables.serial_faults import SerialFaults
from swdflash.sim.cables.serial_pty import SerialPty
from swdflash.sim.cables.serial_rfc2217 import Rfc2217Server
from swdflash.sim.cables.serialport.socket import plugged_serial
from swdflash.sim.cables.stlink_tcp import StLinkServer
from swdflash.sim.faults import FaultPlan
from swdflash.sim.opening import booted
from swdflash.sim.probes.bus_pirate import BusPirate

if TYPE_CHECKING:
    from swdflash.sim.board import VirtualBoard

TICK_S = 0.05
LONGEST_STEP_S = 0.05  # of the board's time at once: callers wait as long


@dataclass(frozen=True)
class ServedStLink:
    """An ST-Link server with one probe, on 127.0.0.1."""

    port: int
    uid: str  # the probe's serial as tools show it
    now: Callable[[], float]  # the board's time in seconds
    plug: Plug  # the cable, for tests that pull it
    live: Callable[[], None]  # see `Life`


@dataclass(frozen=True)
class ServedBusPirate:
    """A Bus Pirate at the end of a serial line."""

    path: str  # of the pseudo-terminal
    now: Callable[[], float]  # the board's time in seconds
    live: Callable[[], None]  # see `Life`


@dataclass(frozen=True)
class ServedSerial:
    """A serial adapter, as a device file and behind a TCP port on 127.0.0.1."""

    path: str  # of the pseudo-terminal
    control: Path  # the socket for what a pseudo-terminal cannot carry (`cables.serial_pty`)
    port: int  # RFC 2217
    adapter: SerialAdapter  # for tests that pull it
    board: VirtualBoard
    life: Life

    def live(self) -> None:
        """See `Life`."""
        self.life.live()


@contextmanager
def serve_serial(name: str) -> Iterator[ServedSerial]:
    """The board `name` from the store, booted, with a serial adapter at its USART.

    It is served from threads of this process until the context ends. What `SWDFLASH_SIM_FAULT` says
    goes wrong, by bytes. Raises `SimExtraMissing`, `FaultPlanUnreadable` and what the store raises.
    """
    faults = SerialFaults(FaultPlan.from_environment())
    with booted(name) as board, TemporaryDirectory(prefix="swdflash-") as folder:
        adapter, life, control = SerialAdapter(board, faults), Life(board), Path(folder) / "control"
        with (
            plugged_serial(name, adapter) as url,
            SerialPty(adapter, life.turn, control) as pty,
            Rfc2217Server(adapter, lambda: serial_for_url(url, timeout=0), life.turn) as server,
        ):
            yield ServedSerial(pty.path, control, server.port, adapter, board, life)


@contextmanager
def serve_stlink(name: str, port: int = 0) -> Iterator[ServedStLink]:
    """The board `name` from the store, booted, its probe behind an ST-Link server.

    It is served from a thread of this process until the context ends; port 0 is any free one.
    What `SWDFLASH_SIM_FAULT` says goes wrong. Raises `SimExtraMissing`, `FaultPlanUnreadable`,
    `PortTaken` and what the store raises.
    """
    faults = FaultPlan.from_environment()
    with booted(name) as board:
        plug, life = Plug(board, faults), Life(board)
        with StLinkServer(plug, port, life.turn) as server:
            yield ServedStLink(server.port, plug.uid, life.now, plug, life.live)


@contextmanager
def serve_bus_pirate(name: str) -> Iterator[ServedBusPirate]:
    """The board `name` from the store, booted, with a Bus Pirate on its SWD pins.

    It is served from a thread of this process until the context ends. Raises `SimExtraMissing`
    and what the store raises.
    """
    with booted(name) as board:
        life = Life(board)
        with PtyCable(BusPirate(board), life.turn) as cable:
            yield ServedBusPirate(cable.path, life.now, life.live)


class Life:
    """A board's time, which several threads spend in turn."""

    def __init__(self, board: VirtualBoard) -> None:
        self.turn = threading.Lock()
        self._board = board

    def now(self) -> float:
        """Seconds on the board."""
        return self._board.clock.now

    def live(self, stop: threading.Event | None = None) -> None:
        """Let the board live on by the wall clock, until KeyboardInterrupt, or until told to stop.

        Without it time passes only while a program is served. What programs take counts, but is no
        credit: whenever nobody is served, time on the board passes as on the wall, or more slowly
        where its firmware is too heavy for this machine.
        """
        over = stop or threading.Event()
        started, then = time.monotonic(), self.now()
        while not over.wait(TICK_S):
            behind = time.monotonic() - started - (self.now() - then)
            if behind > 0:
                with self.turn:
                    self._board.spend(min(behind, LONGEST_STEP_S))
            else:
                started, then = time.monotonic(), self.now()
