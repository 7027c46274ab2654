"""UF2: blocks in any order, all of them, undamaged and for one family."""

from __future__ import annotations

import random

import pytest

from swdflash.images.errors import (
    ImageEmpty,
    ImageError,
    SegmentsOverlap,
    Uf2BadBlock,
    Uf2Families,
    Uf2Incomplete,
)
from swdflash.images.image import Segment
from tests.images.craft import C8, FLASH, codes, firmware, load_one, refused, uf2, uf2_block

DATA = random.Random(0).randbytes(1000)


def refuse(data: bytes) -> ImageError:
    with pytest.raises(ImageError) as caught:
        load_one(data, "a.uf2")
    assert "a.uf2" in str(caught.value)
    return caught.value


def test_blocks_in_any_order() -> None:
    whole = uf2(FLASH, DATA)
    blocks = [whole[i : i + 512] for i in range(0, len(whole), 512)]
    random.Random(1).shuffle(blocks)
    loaded = load_one(b"".join(blocks))
    assert loaded.image.segments == (Segment(FLASH, DATA),)
    assert loaded.files[0].uf2_family == 0x5EE2_1072


def test_a_family_need_not_be_named() -> None:
    loaded = load_one(uf2_block(FLASH, firmware(), flags=0, family=256))
    assert loaded.files[0].uf2_family is None
    assert codes(loaded) == []


def test_blocks_for_other_memory_are_comments() -> None:
    comment = uf2_block(0, b"a note", 0, 7, flags=1)
    assert load_one(comment + uf2(FLASH, DATA)).image.size == len(DATA)
    assert isinstance(refuse(comment), ImageEmpty)
    assert isinstance(refuse(uf2_block(FLASH, b"")), ImageEmpty)


def test_missing_blocks() -> None:
    whole = uf2(FLASH, DATA)
    error = refuse(whole[:512] + whole[1024:])
    assert isinstance(error, Uf2Incomplete)
    assert (error.found, error.expected) == (3, 4)


@pytest.mark.parametrize(
    ("data", "block", "words"),
    [
        (uf2(FLASH, DATA)[:-1], 3, "this one 511"),
        (b"UF2\nshort", 0, "this one 9"),
        (uf2_block(FLASH, b"x") + bytes(512), 1, "magic"),
        (uf2_block(FLASH, b"x")[:4] + bytes(508), 0, "magic"),
        (uf2_block(FLASH, b"x")[:-4] + bytes(4), 0, "ends in 0x00000000"),
        (uf2_block(FLASH, b"x")[:16] + b"\xff\1" + uf2_block(FLASH, b"x")[18:], 0, "claims 511"),
        (uf2_block(FLASH, b"x", flags=0x1000), 0, "part of a file"),
        (uf2_block(FLASH, b"x", 1, 1), 0, "number 1 of 1"),
        (uf2_block(FLASH, b"x", 0, 2) * 2, 1, "second time"),
        (uf2_block(FLASH, b"x", 0, 2) + uf2_block(FLASH, b"x", 1, 3), 1, "3 blocks"),
    ],
)
def test_a_damaged_block(data: bytes, block: int, words: str) -> None:
    error = refuse(data)
    assert isinstance(error, Uf2BadBlock)
    assert error.block == block
    assert words in error.detail


def test_blocks_that_overlap() -> None:
    error = refuse(uf2_block(FLASH, b"ab", 0, 2) + uf2_block(FLASH + 1, b"b", 1, 2))
    assert isinstance(error, SegmentsOverlap)
    assert (error.start, error.end) == (FLASH + 1, FLASH + 2)
    empty_between = uf2_block(FLASH, b"abc", 0, 3) + uf2_block(FLASH + 1, b"", 1, 3)
    assert isinstance(refuse(empty_between + uf2_block(FLASH + 2, b"c", 2, 3)), SegmentsOverlap)


def test_several_families() -> None:
    other = uf2_block(FLASH + 256, b"x", 1, 2, family=0x5775_5A57)
    error = refuse(uf2_block(FLASH, b"x", 0, 2) + other)
    assert isinstance(error, Uf2Families)
    assert "STM32F1, STM32F4" in str(error)


def test_another_family() -> None:
    loaded = load_one(uf2_block(FLASH, firmware(), family=0x6D09_22FA))
    error = refused(loaded)
    assert error is not None
    assert error.code == "uf2-other-family"
    assert "STM32F407" in str(error)
    assert refused(loaded, C8, "uf2-other-family") is None


def test_a_family_that_nobody_knows_is_said() -> None:
    loaded = load_one(uf2_block(FLASH, firmware(), family=0x1234_5678))
    assert codes(loaded) == ["uf2-unknown-family"]
    assert refused(loaded) is None
