"""Boards that do not answer: a bench for them, what is wrong, and getting them back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from swdflash.api.readiness import KnownWires
from swdflash.api.targets import RecordTo
from swdflash.links.engine import BY_THE_WAY, EngineChoice
from swdflash.links.factory import hold_way
from swdflash.recovery.bench import Bench
from swdflash.recovery.hand import Hand


@contextmanager
def open_bench(
    via: str = "auto",
    *,
    engine: EngineChoice = BY_THE_WAY,
    clock_hz: int | None = None,
    timeout_s: float = 0.0,
    hand: Hand | None = None,
    agree: Callable[[str], None] | None = None,
    record: RecordTo | None = None,
) -> Iterator[Bench]:
    """A bench for the board that `via` leads to; NRST is let go when it is left.

    `hand` is somebody at the board; `agree` is asked before something is lost. The rest is as for
    `open_target`. Raises LinkError kinds.
    """
    to = record or RecordTo(None)
    with (
        hold_way(
            via,
            timeout_s=timeout_s,
            engine=engine,
            record=to.file,
            argv=to.argv,
            inputs=to.inputs,
        ) as way,
        Bench(way, clock_hz=clock_hz, hand=hand, agree=agree, wires=KnownWires()) as bench,
    ):
        yield bench
