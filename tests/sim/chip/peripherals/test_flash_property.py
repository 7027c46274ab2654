"""Whatever is tried, flash changes by the rules of a model that fits on a page."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from swdflash.sim.bus import BusFault

from .conftest import make_bench
from .test_flash import CR, FLASH, LOCK, MER, PER, PG, SR, erase, unlock

PAGES = 3
SIZE = PAGES * 1024
OFFSETS = st.integers(0, SIZE // 2 - 1).map(lambda index: 2 * index)
HALF_WORDS = st.sampled_from([0x0000, 0xFFFF, 0x1234, 0xFFFE])
ACTIONS = st.one_of(
    st.tuples(st.just("program"), OFFSETS, HALF_WORDS),
    st.tuples(st.just("word"), OFFSETS.map(lambda at: at & ~3), st.just(0)),
    st.tuples(st.just("no-pg"), OFFSETS, HALF_WORDS),
    st.tuples(st.just("page"), OFFSETS, st.just(0)),
    st.tuples(st.just("mass"), st.just(0), st.just(0)),
    st.tuples(st.just("lock"), st.just(0), st.just(0)),
    st.tuples(st.just("unlock"), st.just(0), st.just(0)),
)


class Model:
    """Flash as the manual's sentences have it, without registers or time."""

    def __init__(self) -> None:
        self.cells = bytearray(b"\xff" * SIZE)
        self.locked = True

    def act(self, action: str, at: int, value: int) -> None:
        if action in ("lock", "unlock"):
            self.locked = action == "lock"
        elif self.locked:
            return
        elif action == "program":
            if value == 0 or self.cells[at : at + 2] == b"\xff\xff":
                self.cells[at : at + 2] = value.to_bytes(2, "little")
        elif action == "page":
            start = at // 1024 * 1024
            self.cells[start : start + 1024] = b"\xff" * 1024
        elif action == "mass":
            self.cells[:] = b"\xff" * SIZE


@settings(max_examples=60)
@given(st.lists(ACTIONS, max_size=30))
def test_flash_is_what_the_model_says(actions: list[tuple[str, int, int]]) -> None:
    bench, model = make_bench("STM32F103C8"), Model()
    for action, at, value in actions:
        model.act(action, at, value)
        if action == "program":
            bench.write(CR, PG)
            bench.write(FLASH + at, value, 2)
        elif action == "word":
            bench.write(CR, PG)
            try:
                bench.write(FLASH + at, value, 4)
            except BusFault:
                assert not model.locked
        elif action == "no-pg":
            bench.write(CR, 0)
            bench.write(FLASH + at, value, 2)
        elif action == "page":
            erase(bench, PER, FLASH + at)
        elif action == "mass":
            erase(bench, MER)
        elif action == "lock":
            bench.write(CR, LOCK)
        elif model.locked is False and bench.read(CR) & LOCK:
            unlock(bench)
        bench.pass_time(0.04)
        assert not bench.read(SR) & 1
        assert bench.nonvolatile.flash[:SIZE] == model.cells
