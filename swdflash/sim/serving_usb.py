"""Serves a virtual board's own USB to programs in other processes: dfu-util, above all."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from swdflash.sim.cables.cabling import cables_of
from swdflash.sim.cables.exec import Reach, served
from swdflash.sim.cables.hub import Hub
from swdflash.sim.cables.umockdev import machine
from swdflash.sim.faults import FaultPlan
from swdflash.sim.opening import booted

ENDS_IN_S = 10


@dataclass(frozen=True)
class ServedUsb:
    """What in its environment lets a program, Python's or not, find the board on USB."""

    environment: Mapping[str, str]
    now: Callable[[], float]  # the board's time in seconds
    live: Callable[[], None]  # until KeyboardInterrupt, or the mocked machine's end


@contextmanager
def serve_usb(name: str) -> Iterator[ServedUsb]:
    """The board `name` from the store, booted, on the USB of a mocked machine.

    Its time is the wall clock's. What `SWDFLASH_SIM_FAULT` says goes wrong. Raises
    `SimExtraMissing`, `UmockdevMissing`, `FaultPlanUnreadable` and what the store raises.
    """
    faults = FaultPlan.from_environment()
    with booted(name) as board:
        hub = Hub(cables_of(board, faults))
        with served(hub) as reach, _machine(reach, name) as process:
            assert process.stdout is not None
            environment = {**reach.needed, **json.loads(process.stdout.readline())}
            yield ServedUsb(environment, hub.now, lambda: _wait(process))


@contextmanager
def _machine(reach: Reach, name: str) -> Iterator[subprocess.Popen[bytes]]:
    """A machine on which programs of others will run; its stdin's end is its own."""
    argv = machine(reach.folder, reach.hostside, reach.socket, (), f"sim:{name}")
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, env=reach.environment, stdin=pipe, stdout=pipe) as process:
        try:
            yield process
        finally:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(ENDS_IN_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait(process: subprocess.Popen[bytes]) -> None:
    process.wait()
