"""A write with kept bytes, cut off at each of its steps: the same command finishes it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.faults.bench import Bench
from tests.faults.luck import Kind, instants_of, struck, transfers_of
from tests.faults.scene import FLASH, Piece, Scene, random_bytes

FLASH_SIZE = 16 * 1024
IMAGE = Piece(FLASH + 0x11B3, random_bytes(1, 1075))  # parts of pages 4 and 5
OTHER = Piece(FLASH + 0x15D1, random_bytes(2, 777))  # over its end and beside, pages 5 and 6
CHUNKS = 6


@pytest.fixture(scope="module")
def scene(place: Path) -> Scene:
    bench = Bench("--chip", "STM32F103C4", "--uptime", "0")
    return Scene(bench, random_bytes(3, FLASH_SIZE), IMAGE, OTHER)


@pytest.fixture(scope="module")
def transfers(scene: Scene) -> int:
    return transfers_of(scene.write)


EXITS = {
    Kind.POWER_CUT: {0, 5, 9},  # 0: when all was done, and the probe was let go of
    Kind.UNPLUG: {0, 3, 9},
    Kind.CTRL_C: {0, 130},
}


@pytest.mark.parametrize("chunk", range(CHUNKS))
@pytest.mark.parametrize("kind", Kind)
def test_cut_off_at_every_transfer(scene: Scene, transfers: int, kind: Kind, chunk: int) -> None:
    for transfer in range(1 + chunk, transfers + 1, CHUNKS):
        outcome = scene.cut_off(kind, transfer)
        assert (outcome is None) == (kind is Kind.KILL)
        if outcome is not None:
            assert outcome.exit in EXITS[kind], outcome.out
            scene.must_tell_the_truth(outcome)


def test_powerless_in_the_middle_of_an_erase_or_of_programming(scene: Scene) -> None:
    """Cells are left half changed: the chip's own acts, between two looks of the host."""
    scene.rewind()
    instants = instants_of(scene.write)
    for instant in [*instants[:2], *instants[2::97], instants[-1]]:
        outcome = scene.without_power_from(instant)
        left = scene.bench.memory
        assert left.journals
        assert left.flash not in (scene.before.flash, scene.image.on(scene.before.flash))
        assert outcome.error["code"] == "write-cut-short"
        scene.must_tell_the_truth(outcome)


@pytest.mark.parametrize("seed", range(8))
def test_cut_off_again_and_again(scene: Scene, transfers: int, seed: int) -> None:
    """Bad luck does not come alone: whatever it is each time, the last write ends it."""
    draw = random.Random(seed)
    scene.rewind()
    for _ in range(4):
        struck(draw.choice(list(Kind)), draw.randrange(transfers // 2, transfers), scene.write)
        scene.must_have_touched_only(scene.image, scene.bench.memory)
    scene.must_finish(scene.bench.memory)
