"""Rungs that end in the ROM bootloader, on ways that answer or do not."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from swdflash.chips.data import chip_named
from swdflash.links.base import RomLink
from swdflash.links.errors import NoAnswer
from swdflash.recovery.bench import Bench
from swdflash.recovery.diagnose import without_probe
from swdflash.recovery.errors import HandNeeded, NoWayIn
from swdflash.recovery.finding import Cause
from swdflash.recovery.hand import Act
from swdflash.recovery.ladder import LADDER, climb
from swdflash.recovery.no_debug_way import NoDebugWay
from swdflash.recovery.recover import recover
from swdflash.recovery.rung import Needs, ReachedRom
from swdflash.target.rom_target import RomTarget
from tests.fakes.flash_model import FlashModel
from tests.fakes.rom_link import FakeRom
from tests.recovery.test_ladder import NoWay

C8 = chip_named("STM32F103C8")
IN_ROM = [rung for rung in LADDER if rung.needs & (Needs.UART | Needs.DFU)]


@dataclass
class Way:
    """Leads to a ROM once `answers`; `waited` is how long each opening was to wait."""

    method: str = "uart"
    wired: bool = True
    answers: bool = True
    waited: list[float] = field(default_factory=list)
    name = "uart:/dev/fake?boot0=rts&nrst=dtr"

    def open(self, timeout_s: float = 0.0) -> RomLink:
        self.waited.append(timeout_s)
        if not self.answers:
            raise NoAnswer("nothing came back")
        flash = FlashModel(C8, b"\xff" * C8.flash.span.size)
        rom = FakeRom(flash)
        rom.memory[0x1FFF_F7E0] = b"\x40\x00" + bytes(6) + bytes(range(12))
        return rom


class Jumper:
    """A hand at the jumper of a board whose ROM `way` leads to."""

    def __init__(self, way: Way) -> None:
        self.way = way
        self.told: list[Act] = []

    def do(self, act: Act) -> None:
        self.told.append(act)
        self.way.answers = self.told == [Act.BOOT0_HIGH, Act.RESET]

    def begin(self, act: Act) -> None:
        raise AssertionError(act)


def test_wired_lines_need_nobody() -> None:
    climbed = climb(Bench(NoWay(), roms=[Way()]), IN_ROM)
    assert isinstance(climbed.reached, ReachedRom)
    assert climbed.rung.name == "rom-uart"
    assert "by modem lines" in climbed.why
    assert climbed.undo == ()


def test_a_way_that_was_not_named_is_not_tried() -> None:
    with pytest.raises(HandNeeded) as needed:
        climb(Bench(NoWay()), IN_ROM)
    assert not any(each.tried for each in needed.value.attempts)
    told = needed.value.explain().next
    assert any("--rom uart:PORT" in line for line in told)
    assert any("--rom dfu:" in line for line in told)


def test_a_hand_moves_the_jumper_and_puts_it_back() -> None:
    way = Way(wired=False, answers=False)
    hand = Jumper(way)
    climbed = climb(Bench(NoWay(), hand=hand, roms=[way]), IN_ROM)
    assert climbed.rung.name == "rom-uart-by-hand"
    assert hand.told == [Act.BOOT0_HIGH, Act.RESET]
    assert climbed.undo == (Act.BOOT0_LOW, Act.RESET)
    assert way.waited == [0.0, 10.0]


def test_a_second_way_is_tried_where_the_first_is_silent() -> None:
    silent, good = Way("dfu", answers=False), Way("dfu")
    climbed = climb(Bench(NoWay(), roms=[silent, good]), IN_ROM)
    assert climbed.rung.name == "rom-dfu"
    assert silent.waited == good.waited == [0.0]


def test_silence_everywhere_is_told() -> None:
    way = Way(answers=False)
    with pytest.raises(HandNeeded) as needed:
        climb(Bench(NoWay(), roms=[way]), IN_ROM)
    tried = [each for each in needed.value.attempts if each.tried]
    assert [each.name for each in tried] == ["rom-uart"]
    assert "nothing came back" in tried[0].why


def test_without_a_probe_only_the_rom_is_looked_for() -> None:
    way = Way(method="dfu")
    bench = Bench(NoDebugWay(lambda: 0.0), roms=[way])
    finding = without_probe(bench)
    assert finding.cause is Cause.NO_PROBE
    found = recover(bench, finding)
    assert found.climbed.rung.name == "rom-dfu"
    assert isinstance(found.target, RomTarget)
    assert found.target.chip.flash == C8.flash


def test_without_a_probe_and_without_an_answer() -> None:
    bench = Bench(NoDebugWay(lambda: 0.0), roms=[Way(answers=False)])
    bench.hand = Jumper(Way())
    with pytest.raises(NoWayIn):
        recover(bench, without_probe(bench))
