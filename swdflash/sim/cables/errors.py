"""Errors on the way to a virtual board; importable without the extra `sim`."""

from __future__ import annotations

from dataclasses import dataclass

from swdflash.errors import Exit, SwdflashError


class CableError(SwdflashError):
    """Something between a program and the virtual board."""

    exit = Exit.USAGE


@dataclass(eq=False)
class SimExtraMissing(CableError):
    """The virtual board needs a package that is not installed."""

    code = "sim-extra-missing"
    what = "sim:{board} cannot be opened"
    why = "the virtual board runs on {package}, which is not installed"
    next = ("pip install 'swdflash[sim]'",)

    board: str
    package: str


@dataclass(eq=False)
class ProgramNotFound(CableError):
    """The program that is to run with the board does not exist."""

    code = "program-not-found"
    what = "{program} cannot be run"
    why = "there is no such program on PATH, or it is not executable"
    next = ("give its full path", "python -m pip install {program}")

    program: str


@dataclass(eq=False)
class FaultPlanUnreadable(CableError):
    """SWDFLASH_SIM_FAULT does not say what is to go wrong."""

    code = "fault-plan-unreadable"
    what = "SWDFLASH_SIM_FAULT={text} is not understood"
    why = "it is a list of KIND@TRANSFER, or `busy` or `denied` alone"
    next = ("SWDFLASH_SIM_FAULT=unplug@120", "kinds: {kinds}")

    text: str
    kinds: str


@dataclass(eq=False)
class PortTaken(CableError):
    """The TCP port at which a probe is to be served cannot be had."""

    code = "port-taken"
    what = "127.0.0.1:{port} cannot be listened at"
    why = "{problem}"
    next = ("--stlink-tcp 0 takes a free port and names it", "end the program that has the port")

    port: int
    problem: str


@dataclass(eq=False)
class UmockdevMissing(CableError):
    """A program that is not Python's can meet a virtual board under umockdev only."""

    code = "umockdev-missing"
    what = "{program} cannot meet a virtual board"
    why = "it looks for USB devices by the kernel, which umockdev plays, and {missing} is missing"
    next = (
        "sudo apt install umockdev gir1.2-umockdev-1.0 python3-gi",
        "Python programs, such as pyocd, need no umockdev",
    )

    program: str
    missing: str
