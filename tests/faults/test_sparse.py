"""A board that is blank but for what a write covers nearly: no bank is erased at once there.

The few bytes beside the image would be in no place but this computer's memory meanwhile.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.bench import Bench
from tests.faults.luck import Kind, transfers_of
from tests.faults.scene import FLASH, Piece, Scene, random_bytes

PAGE = 1024
PAGES = 10  # of 16
BESIDE = 12  # bytes in front of the image, in its first page
IMAGE = Piece(FLASH + BESIDE, random_bytes(1, PAGES * PAGE - BESIDE))
OTHER = Piece(FLASH + BESIDE + 4, random_bytes(2, 64))
CUTS = 8


@pytest.fixture(scope="module")
def scene(place: Path) -> Scene:
    bench = Bench("--chip", "STM32F103C4", "--uptime", "0")
    held = random_bytes(3, PAGES * PAGE) + b"\xff" * (16 - PAGES) * PAGE
    return Scene(bench, held, IMAGE, OTHER)


@pytest.fixture(scope="module")
def transfers(scene: Scene) -> int:
    return transfers_of(scene.write)


@pytest.mark.parametrize("cut", range(1, CUTS))
def test_the_few_bytes_beside_survive_a_power_cut(scene: Scene, transfers: int, cut: int) -> None:
    scene.cut_off(Kind.POWER_CUT, transfers * cut // CUTS)
    scene.must_have_touched_only(scene.image, scene.bench.memory)


def test_pages_that_the_image_does_not_touch_are_not_worn(scene: Scene) -> None:
    scene.rewind()
    assert scene.write().exit == 0
    assert scene.bench.memory.erased_since(scene.before) == set(range(PAGES))
