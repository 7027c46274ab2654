"""Boards that do not answer: a bench for them, what is wrong, and getting them back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from swdflash.api.readiness import KnownWires
from swdflash.api.targets import RecordTo
from swdflash.links.engine import BY_THE_WAY, EngineChoice
from swdflash.links.errors import CannotRecord
from swdflash.links.factory import hold_way
from swdflash.links.rom_way import RomWay
from swdflash.links.via import parse
from swdflash.recovery.bench import Bench
from swdflash.recovery.hand import Hand
from swdflash.recovery.no_debug_way import NoDebugWay


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
    roms: Sequence[str] = (),
) -> Iterator[Bench]:
    """A bench for the board that `via` leads to; NRST is let go when it is left.

    `hand` is somebody at the board; `agree` is asked before something is lost; `roms` are ways to
    its ROM bootloader (`uart:…`, `dfu:…`), and `via` may be one: then there is no probe. The rest
    is as for `open_target`. Raises LinkError kinds.
    """
    to = record or RecordTo(None)
    if parse(via, engine.engine).to_rom:
        if to.file is not None:
            raise CannotRecord(str(to.file), "a recovery by the ROM alone is not recorded")
        alone = [RomWay.of(each) for each in (via, *roms)]
        pace = alone[0].pace
        without = NoDebugWay(pace.now, simulated=pace.simulated)
        yield Bench(without, hand=hand, agree=agree, roms=alone)
        return
    with (
        hold_way(
            via,
            timeout_s=timeout_s,
            engine=engine,
            record=to.file,
            argv=to.argv,
            inputs=to.inputs,
        ) as way,
        Bench(
            way,
            clock_hz=clock_hz,
            hand=hand,
            agree=agree,
            wires=KnownWires(),
            roms=[*map(way.rom_way, roms), *way.wired_roms],
        ) as bench,
    ):
        yield bench
