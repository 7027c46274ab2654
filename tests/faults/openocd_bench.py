"""OpenOCDs that misbehave: the real one behind a script, or a script alone."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from swdflash.links.openocd.rpc import Reply, Rpc

REAL = 'exec openocd "$@"'
VERSION = 'case "$1" in --version) echo "Open On-Chip Debugger 0.12.0" >&2; exit 0;; esac'


@dataclass(frozen=True)
class Program:
    """A program that swdflash takes for OpenOCD; `pids` are of all that it was started as."""

    path: Path

    @classmethod
    def make(cls, folder: Path, *lines: str) -> Program:
        program = cls(folder / "openocd")
        record = f'echo $$ >>"{folder}/pids"'
        program.path.write_text("\n".join(["#!/bin/sh", VERSION, record, *lines, ""]))
        program.path.chmod(0o755)
        return program

    @property
    def pids(self) -> list[int]:
        record = self.path.parent / "pids"
        return [int(line) for line in record.read_text().split()] if record.exists() else []

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pids[-1], number)

    def assert_none_is_left(self, within_s: float = 2.0) -> None:
        """Every one that was started has ended: none runs, and none that was ours is a zombie."""
        assert self.pids
        deadline = time.monotonic() + within_s
        while any(map(is_running, self.pids)):
            assert time.monotonic() < deadline, "an openocd is left"
            time.sleep(0.02)


def is_running(pid: int) -> bool:
    """Whether there is such a process; a zombie is none of ours."""
    with suppress(OSError):
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state not in "ZX"
    return False


@contextmanager
def struck_at(program: Program, script: str, number: signal.Signals) -> Iterator[None]:
    """The program gets a signal when it is given the first script that begins like this.

    Patience with it ends soon then.
    """
    call = Rpc.call
    struck = False

    def strike(self: Rpc, given: str, timeout_s: float) -> Reply:
        nonlocal struck
        if not struck and given.startswith(script):
            struck = True
            program.signal(number)
        return call(self, given, 0.2 if struck else timeout_s)

    with mock.patch.object(Rpc, "call", strike):
        yield
    assert struck, f"no script began with {script!r}"
