"""Runs another program, unmodified, with a virtual board's probe in sight."""

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

from swdflash.sim.cables.errors import ProgramNotFound
from swdflash.sim.cables.hostside.remote import SOCKET_VARIABLE
from swdflash.sim.cables.hub import Hub
from swdflash.sim.cables.plug import Plug, PluggableBoard
from swdflash.sim.cables.server import BusServer
from swdflash.sim.faults import FaultPlan


@dataclass(frozen=True)
class ExecResult:
    """How the program ended."""

    exit_code: int  # as a shell gives it: 128 + n after signal n
    simulated_s: float


def run_with_board(
    board: PluggableBoard, argv: Sequence[str], faults: FaultPlan | None = None
) -> ExecResult:
    """Run a Python program whose USB is the board's probe; the board is already powered.

    `faults` None is what the environment asks for. Raises `ProgramNotFound`.
    """
    program = shutil.which(argv[0])
    if program is None:
        raise ProgramNotFound(argv[0])
    started = board.clock.now
    plan = FaultPlan.from_environment() if faults is None else faults
    with within_reach(board, plan) as environment:
        code = _wait_for(subprocess.Popen([program, *argv[1:]], env=environment))
    return ExecResult(code, board.clock.now - started)


@contextmanager
def within_reach(board: PluggableBoard, faults: FaultPlan) -> Iterator[Mapping[str, str]]:
    """The environment in which Python programs find the board, for as long as the context."""
    with (
        tempfile.TemporaryDirectory(prefix="swdflash-") as folder,
        as_file(files("swdflash.sim.cables.hostside")) as hostside,
        BusServer(Hub([Plug(board, faults)]), Path(folder) / "usb") as _,
    ):
        paths = [str(hostside / "path"), *filter(None, [os.environ.get("PYTHONPATH")])]
        yield {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(paths),
            SOCKET_VARIABLE: str(Path(folder) / "usb"),
        }


def _wait_for(process: subprocess.Popen[bytes]) -> int:
    """Ctrl-C reaches the program itself; this process waits for what it does about it."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        code = process.wait()
    finally:
        signal.signal(signal.SIGINT, before)
    return code if code >= 0 else 128 - code
