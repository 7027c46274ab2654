from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swdflash.flashing.by_comparing import FIRST, compare
from tests.fakes.flash_model import small_chip
from tests.fakes.rom_link import SlowFlash

CHIP = small_chip(sectors=4, size=1024)
SECTORS = CHIP.flash.sectors
NEW = bytes(range(256)) * 4


def test_another_program_is_known_by_its_first_bytes() -> None:
    flash = SlowFlash(CHIP, b"\x5a" * 4096)
    found = compare(flash, CHIP.flash, {SECTORS[1]: NEW})
    assert not found.holds(SECTORS[1], NEW)
    assert not found.is_blank(SECTORS[1], 0xFF)
    assert sum(span.size for span in flash.reads) == FIRST


def test_what_is_there_already_is_read_as_a_whole() -> None:
    flash = SlowFlash(CHIP, NEW * 4)
    found = compare(flash, CHIP.flash, {SECTORS[1]: NEW})
    assert found.holds(SECTORS[1], NEW)
    assert sum(span.size for span in flash.reads) == 1024


def test_a_few_bytes_are_asked_for_only_after_a_sector_that_differs() -> None:
    flash = SlowFlash(CHIP, NEW * 2 + b"\x5a" * 1024 + NEW)
    compare(flash, CHIP.flash, dict.fromkeys(SECTORS, NEW))
    in_parts = [[span.size for span in flash.reads if sector.covers(span)] for sector in SECTORS]
    assert in_parts == [[FIRST, 1024 - FIRST], [1024], [1024], [FIRST, 1024 - FIRST]]


def test_a_difference_in_the_last_byte_is_found() -> None:
    flash = SlowFlash(CHIP, NEW[:-1] + b"\x00" + NEW * 3)
    assert not compare(flash, CHIP.flash, {SECTORS[0]: NEW}).holds(SECTORS[0], NEW)


@pytest.mark.parametrize(("erase_s", "told"), [(0.2, True), (0.01, False)])
def test_a_blank_sector_is_looked_for_where_erasing_takes_longer(
    erase_s: float, told: bool
) -> None:
    chip = small_chip(sectors=4, size=1024, erase_s=erase_s)  # reading one takes 0.1 s
    flash = SlowFlash(chip, b"\xff" * 4096)
    found = compare(flash, chip.flash, {chip.flash.sectors[2]: NEW})
    assert found.is_blank(chip.flash.sectors[2], 0xFF) is told


@given(held=st.binary(min_size=64, max_size=64), wanted=st.binary(min_size=64, max_size=64))
def test_it_never_calls_different_bytes_the_same(held: bytes, wanted: bytes) -> None:
    chip = small_chip(sectors=1, size=64)
    sector = chip.flash.sectors[0]
    found = compare(SlowFlash(chip, held), chip.flash, {sector: wanted})
    assert found.holds(sector, wanted) is (held == wanted)
    assert not found.is_blank(sector, 0xFF) or held == b"\xff" * 64
