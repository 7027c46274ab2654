from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

import pytest

from swdflash.chips.data import chip_named
from swdflash.sim.bus import Master, ResetKind
from swdflash.sim.chip.f0 import F0
from swdflash.sim.chip.f1 import F1
from swdflash.sim.chip.f4 import F4
from swdflash.sim.chip.nonvolatile import NonVolatile
from swdflash.sim.clock import PS_PER_S, Clock

UID = bytes(range(0x30, 0x3C))


Family = TypeVar("Family", F1, F0, F4)


@dataclass
class FamilyBench(Generic[Family]):
    """A chip without a core, reached as a debugger reaches it, or as code would."""

    periphery: Family
    nonvolatile: NonVolatile
    master: Master = Master.DEBUG
    log: list[str] = field(default_factory=list)

    def read(self, address: int, size: int = 4) -> int:
        return self.periphery.bus.read(address, size, self.master)

    def write(self, address: int, value: int, size: int = 4) -> None:
        self.periphery.bus.write(address, size, value, self.master)

    def pass_time(self, seconds: float) -> None:
        clock = self.periphery.clock
        end = clock.now_ps + round(seconds * PS_PER_S)
        while (due := clock.next_alarm_ps()) is not None and due <= end:
            clock.now_ps = due
            clock.fire_due()
        clock.now_ps = end

    def logged(self, words: str) -> bool:
        return any(words in text for text in self.log)


class Bench(FamilyBench[F1]):
    """An STM32F1."""

    @property
    def f1(self) -> F1:
        return self.periphery


def make_bench(name: str, *, seed: int = 1) -> Bench:
    chip = chip_named(name)
    nonvolatile = NonVolatile.from_factory(chip, UID)
    log: list[str] = []
    f1 = F1(chip, 0x2003, nonvolatile, Clock(), log.append, seed=seed)
    f1.reset(ResetKind.POWER_ON)
    return Bench(f1, nonvolatile, log=log)


def make_f4_bench(name: str = "STM32F405RG", *, seed: int = 1) -> FamilyBench[F4]:
    chip = chip_named(name)
    nonvolatile = NonVolatile.from_factory(chip, UID)
    log: list[str] = []
    f4 = F4(chip, 0x1007, nonvolatile, Clock(), log.append, hse_hz=12_000_000, seed=seed)
    f4.reset(ResetKind.POWER_ON)
    return FamilyBench(f4, nonvolatile, log=log)


def make_f0_bench(name: str = "STM32F072RB", *, seed: int = 1) -> FamilyBench[F0]:
    chip = chip_named(name)
    nonvolatile = NonVolatile.from_factory(chip, UID)
    log: list[str] = []
    f0 = F0(chip, 0x2001, nonvolatile, Clock(), log.append, hse_hz=8_000_000, seed=seed)
    f0.reset(ResetKind.POWER_ON)
    return FamilyBench(f0, nonvolatile, log=log)


@pytest.fixture
def bench() -> Bench:
    return make_bench("STM32F103C8")


@pytest.fixture
def f4() -> FamilyBench[F4]:
    return make_f4_bench()


@pytest.fixture
def f0() -> FamilyBench[F0]:
    return make_f0_bench()
