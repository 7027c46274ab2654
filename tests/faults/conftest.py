"""A bench of its own for each module of tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from swdflash.sim.store import Store
from tests.engines import ENGINES, WAYS
from tests.faults.bench import NAME, Bench, surroundings
from tests.faults.scene import random_bytes


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("bench")
    with surroundings(folder):
        yield folder


@pytest.fixture(scope="module")
def _full_bluepill(place: Path) -> Bench:
    bench = Bench("--board", "bluepill", "--uptime", "0")
    bench.fill(random_bytes(11, bench.chip.flash.span.size))
    return bench


@pytest.fixture(params=WAYS, ids=ENGINES)
def bench(_full_bluepill: Bench, request: pytest.FixtureRequest) -> Iterator[Bench]:
    """A Blue Pill full of random bytes; put back afterwards, whatever came of it."""
    _full_bluepill.via = request.param
    before, record = _full_bluepill.memory, Store().read(NAME)
    yield _full_bluepill
    Store().change(NAME, record)
    _full_bluepill.memory = before
