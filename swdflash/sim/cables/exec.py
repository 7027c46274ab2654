"""Runs another program, unmodified, with a virtual board's USB in sight."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from swdflash.sim.cables.cabling import CabledBoard, cables_of
from swdflash.sim.cables.errors import ProgramNotFound
from swdflash.sim.cables.hostside.remote import SOCKET_VARIABLE
from swdflash.sim.cables.hostside.usb import UsbBus
from swdflash.sim.cables.hub import Hub
from swdflash.sim.cables.server import BusServer
from swdflash.sim.cables.umockdev import machine, needs_machine
from swdflash.sim.faults import FaultPlan


@dataclass(frozen=True)
class ExecResult:
    """How the program ended."""

    exit_code: int  # as a shell gives it: 128 + n after signal n
    simulated_s: float


def run_with_board(
    board: CabledBoard, argv: Sequence[str], faults: FaultPlan | None = None
) -> ExecResult:
    """Run a program whose USB is the board's probe and the board itself; it is already powered.

    A program that is neither Python's nor a script runs on a mocked machine. `faults` None is what
    the environment asks for. Raises `ProgramNotFound`, `UmockdevMissing`.
    """
    program = shutil.which(argv[0])
    if program is None:
        raise ProgramNotFound(argv[0])
    started = board.clock.now
    plan = FaultPlan.from_environment() if faults is None else faults
    with served(Hub(cables_of(board, plan))) as reach:
        command = [program, *argv[1:]]
        if needs_machine(Path(program).resolve()):
            command = machine(reach.folder, reach.hostside, reach.socket, command, argv[0])
        code = _wait_for(subprocess.Popen(command, env=reach.environment))
    return ExecResult(code, board.clock.now - started)


@dataclass(frozen=True)
class Reach:
    """Where a served bus is met."""

    needed: Mapping[str, str]  # in a Python program's environment
    socket: Path
    folder: Path  # for as long as it is served
    hostside: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """A Python program's environment."""
        return {**os.environ, **self.needed}


@contextmanager
def within_reach(board: CabledBoard, faults: FaultPlan) -> Iterator[Mapping[str, str]]:
    """The environment in which Python programs find the board, for as long as the context."""
    with served(Hub(cables_of(board, faults))) as reach:
        yield reach.environment


@contextmanager
def served(bus: UsbBus) -> Iterator[Reach]:
    """Serve a bus to programs in other processes, for as long as the context."""
    with (
        tempfile.TemporaryDirectory(prefix="swdflash-") as made,
        as_file(files("swdflash.sim.cables.hostside")) as hostside,
        BusServer(bus, Path(made) / "usb") as _,
    ):
        paths = [str(hostside / "path"), *filter(None, [os.environ.get("PYTHONPATH")])]
        socket = Path(made) / "usb"
        needed = {"PYTHONPATH": os.pathsep.join(paths), SOCKET_VARIABLE: str(socket)}
        yield Reach(needed, socket, Path(made), hostside)


def _wait_for(process: subprocess.Popen[bytes]) -> int:
    """Ctrl-C reaches the program itself; this process waits for what it does about it."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        code = process.wait()
    finally:
        signal.signal(signal.SIGINT, before)
    return code if code >= 0 else 128 - code
