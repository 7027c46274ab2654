"""Ways in which a command is cut off at a USB transfer, or at an instant of the board's time."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any
from unittest import mock

from swdflash.sim.board import VirtualBoard
from swdflash.sim.cables.plug import Plug
from swdflash.sim.chip.peripherals.flash import FlashController
from swdflash.sim.clock import PS_PER_S
from swdflash.sim.faults import ENVIRONMENT, FaultPlan
from tests.faults.bench import Outcome

CRASHED = 1


class Kind(StrEnum):
    """What cuts a command off at a transfer."""

    POWER_CUT = "power-cut"
    UNPLUG = "unplug"
    KILL = "kill"
    CTRL_C = "ctrl-c"


Command = Callable[[], Outcome]
Seen = Callable[[int, Plug], None]


class Watching:
    """A fault plan under which nothing goes wrong: it is told of each transfer."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen

    def prepare(self, plug: Plug) -> None:
        """Nothing is wrong from the start."""

    def strike(self, transfer: int, plug: Plug) -> None:
        """A transfer begins."""
        self._seen(transfer, plug)

    def garble(self, _transfer: int, data: bytes) -> bytes:
        """Data arrives as it was sent."""
        return data


@contextmanager
def watched(seen: Seen) -> Iterator[None]:
    """Have `seen` called at each transfer."""
    with mock.patch.object(FaultPlan, "from_environment", return_value=Watching(seen)):
        yield


def transfers_of(command: Command) -> int:
    """How many USB transfers a command makes."""
    last = 0

    def count(transfer: int, _plug: Plug) -> None:
        nonlocal last
        last = transfer

    with watched(count):
        assert command().exit == 0
    return last


def struck(kind: Kind, transfer: int, command: Command) -> Outcome | None:
    """Run a command that is cut off at a transfer; None where its process was killed."""
    match kind:
        case Kind.KILL:
            return _killed(transfer, command)
        case Kind.CTRL_C:
            return interrupted(transfer, command)
        case _:
            with mock.patch.dict(os.environ, {ENVIRONMENT: f"{kind}@{transfer}"}):
                return command()


def _killed(transfer: int, command: Command) -> Outcome | None:
    """In a process of its own, forked here where everything is imported already."""
    child = os.fork()
    if not child:
        exit_code = CRASHED
        try:
            os.environ[ENVIRONMENT] = f"kill@{transfer}"
            exit_code = command().exit
        finally:
            os._exit(exit_code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code == -signal.SIGKILL:
        return None
    assert code == 0, f"exit {code}"
    return Outcome(code, "", "")


def interrupted(transfer: int, command: Command) -> Outcome:
    """A real SIGINT, in the middle of a transfer."""

    def press(now: int, _plug: Plug) -> None:
        if now == transfer:
            signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with watched(press):
            return command()
    finally:
        signal.signal(signal.SIGINT, before)


def instants_of(command: Command) -> list[int]:
    """The middle of each act of the flash controller, in ps of the board's time."""
    middles: list[int] = []
    begin = FlashController.begin

    def noting(controller: FlashController, operation: Any, time: Any) -> None:
        begin(controller, operation, time)
        middles.append(controller.clock.now_ps + round(time.typ * PS_PER_S) // 2)

    with mock.patch.object(FlashController, "begin", noting):
        assert command().exit == 0
    return middles


def powerless_from(instant_ps: int, command: Command) -> Outcome:
    """Run a command while the board's supply goes at an instant, whatever is going on."""

    def spent(board: VirtualBoard, seconds: float) -> None:
        end = board.clock.now_ps + round(seconds * PS_PER_S)
        if board.powered and instant_ps <= end:
            board.chip.run_until(instant_ps)
            board.power_off()
        board.chip.run_until(end)

    with mock.patch.object(VirtualBoard, "spend", spent):
        return command()
