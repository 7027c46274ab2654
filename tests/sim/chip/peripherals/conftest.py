from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from swdflash.chips.data import chip_named
from swdflash.sim.bus import Master, ResetKind
from swdflash.sim.chip.f1 import F1
from swdflash.sim.chip.nonvolatile import NonVolatile
from swdflash.sim.clock import PS_PER_S, Clock

UID = bytes(range(0x30, 0x3C))


@dataclass
class Bench:
    """A chip without a core, reached as a debugger reaches it, or as code would."""

    f1: F1
    nonvolatile: NonVolatile
    master: Master = Master.DEBUG
    log: list[str] = field(default_factory=list)

    def read(self, address: int, size: int = 4) -> int:
        return self.f1.bus.read(address, size, self.master)

    def write(self, address: int, value: int, size: int = 4) -> None:
        self.f1.bus.write(address, size, value, self.master)

    def pass_time(self, seconds: float) -> None:
        clock = self.f1.clock
        end = clock.now_ps + round(seconds * PS_PER_S)
        while (due := clock.next_alarm_ps()) is not None and due <= end:
            clock.now_ps = due
            clock.fire_due()
        clock.now_ps = end

    def logged(self, words: str) -> bool:
        return any(words in text for text in self.log)


def make_bench(name: str, *, seed: int = 1) -> Bench:
    chip = chip_named(name)
    nonvolatile = NonVolatile.from_factory(chip, UID)
    log: list[str] = []
    f1 = F1(chip, 0x2003, nonvolatile, Clock(), log.append, seed=seed)
    f1.reset(ResetKind.POWER_ON)
    return Bench(f1, nonvolatile, log=log)


@pytest.fixture
def bench() -> Bench:
    return make_bench("STM32F103C8")
