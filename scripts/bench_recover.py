"""How long the ways in take that need nobody, on virtual boards that do not answer.

Each rung of `swdflash recover` alone, then the ladder as it stands, and as a diagnosis points at
it; simulated seconds from the first call to the chip until its core is in reach, or until there is
nothing left to try. Every attempt gets a fresh board.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from swdflash.recovery.bench import Bench
from swdflash.recovery.diagnose import diagnose
from swdflash.recovery.errors import NoWayIn
from swdflash.recovery.finding import Cause
from swdflash.recovery.ladder import ALONE, climb
from swdflash.recovery.rung import Rung
from tests.recovery.cells import LOCKOUTS, UPTIME_S
from tests.recovery.scene import make_board, on_bench

WIDE = 110  # columns of a table, also where there is no terminal
LIMIT_S = 3.0  # for all rungs that need nobody
IN_ORDER, POINTED_AT = "in order", "pointed at"
LOOPS = ("iwdg_loop", "lockup")  # these answer, now and then
UNWIRED: dict[str, Any] = {"nrst_wired": False}


class Climb(msgspec.Struct, frozen=True):
    """One go at one board."""

    board: str
    rungs: str  # the only one, or how all of them were put in order
    worked: str | None  # the rung that reached the core
    simulated_s: float

    @property
    def in_time(self) -> bool:
        """Whether it took no longer than it may."""
        return self.simulated_s <= LIMIT_S


def every_climb() -> Iterator[Climb]:
    """Every lockout with NRST wired; one without, where all is tried and nothing helps."""
    for firmware in (*LOCKOUTS, *LOOPS):
        yield from climbs_on(firmware, firmware, {})
    yield from climbs_on("swj_off, no NRST", "swj_off", UNWIRED)


def climbs_on(board: str, firmware: str, wiring: dict[str, Any]) -> Iterator[Climb]:
    """Each rung alone, then all of them twice."""
    for rung in ALONE:
        yield timed(board, rung.name, firmware, wiring, [rung])
    yield timed(board, IN_ORDER, firmware, wiring, ALONE)
    cause = cause_of(firmware, wiring)
    yield timed(board, POINTED_AT, firmware, wiring, ALONE, cause)


def timed(
    board: str,
    name: str,
    firmware: str,
    wiring: dict[str, Any],
    rungs: Sequence[Rung],
    cause: Cause | None = None,
) -> Climb:
    """Climb until a rung works."""
    uptime_s = UPTIME_S.get(firmware, 0.5)
    made = make_board(firmware, uptime_s=uptime_s, **wiring)
    with on_bench(made) as scene, Bench(scene.way) as bench:
        began = scene.way.now()
        try:
            climbed = climb(bench, rungs, pointed_at=cause)
            took = scene.way.now() - began
            climbed.link.close()
            worked = climbed.rung.name
        except NoWayIn:
            took, worked = scene.way.now() - began, None
    return Climb(board, name, worked, round(took, 4))


def cause_of(firmware: str, wiring: dict[str, Any]) -> Cause:
    """What a diagnosis points at."""
    made = make_board(firmware, uptime_s=UPTIME_S.get(firmware, 0.5), **wiring)
    with on_bench(made) as scene, Bench(scene.way) as bench:
        return diagnose(bench).cause


def report(*, json: bool) -> int:
    """Print every climb; 1 where one takes too long."""
    climbs = list(every_climb())
    if json:
        document = {"simulated": True, "limit_s": LIMIT_S, "climbs": climbs}
        print(msgspec.json.encode(document).decode())
    else:
        Console(width=WIDE).print(table_of(climbs))
    return int(not all(each.in_time for each in climbs))


def table_of(climbs: Sequence[Climb]) -> Table:
    """A row a board, a column a rung."""
    title = f"Simulated seconds to the core; (not reached); at most {LIMIT_S:g}"
    table = Table(title=title, box=SIMPLE, padding=0)  # as wide as a terminal
    table.add_column("board", no_wrap=True)
    columns = [*(rung.name for rung in ALONE), IN_ORDER, POINTED_AT]
    for heading in columns:
        table.add_column(heading.replace("-", " "), justify="right")
    for board in dict.fromkeys(each.board for each in climbs):
        row = {each.rungs: each for each in climbs if each.board == board}
        table.add_row(board, *(in_words(row[name]) for name in columns))
    return table


def in_words(climb: Climb) -> str:
    """One cell."""
    seconds = f"{climb.simulated_s:.2f}" + ("" if climb.in_time else " TOO LONG")
    return seconds if climb.worked else f"({seconds})"
