"""Who has a device node open: /proc tells, of the programs that this user may look at."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from swdflash.host.usb_text import printable

PROC = Path("/proc")


@dataclass(frozen=True)
class Holder:
    """A program that has a device open."""

    pid: int
    program: str

    def __str__(self) -> str:
        return f"{self.program} (pid {self.pid})"


def holders_of(nodes: Iterable[Path], proc: Path = PROC) -> Mapping[Path, tuple[Holder, ...]]:
    """Other processes by the node that they have open. One walk, however many nodes."""
    wanted = {str(node): node for node in nodes}
    found: dict[Path, list[Holder]] = {node: [] for node in wanted.values()}
    if not wanted:
        return {}
    for process in _processes(proc):
        for node in _open_files(process) & wanted.keys():
            found[wanted[node]].append(Holder(int(process.name), _program(process)))
    return {node: tuple(sorted(who, key=lambda one: one.pid)) for node, who in found.items()}


def _processes(proc: Path) -> list[Path]:
    """Every process but this one."""
    try:
        entries = list(proc.iterdir())
    except OSError:
        return []
    numbered = [entry for entry in entries if entry.name.isdecimal()]
    return [entry for entry in numbered if int(entry.name) != os.getpid()]


def _open_files(process: Path) -> set[str]:
    try:
        files = list((process / "fd").iterdir())
    except OSError:  # somebody else's, or just ended
        return set()
    return {target for file in files if (target := _target(file))}


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:  # closed in the meantime
        return ""


def _program(process: Path) -> str:
    try:
        return printable((process / "comm").read_bytes()) or "?"
    except OSError:
        return "?"
