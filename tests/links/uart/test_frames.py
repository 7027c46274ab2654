from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swdflash.links.uart import frames
from swdflash.links.uart.frames import Special

pages = st.lists(st.integers(0, 254), min_size=1, max_size=255)
blocks = st.binary(min_size=1, max_size=256)
words = st.integers(0, 0xFFFF_FFFF)


def test_what_an3155_writes_out() -> None:
    assert frames.command(0x11) == b"\x11\xee"
    assert frames.word(0x0800_0000) == b"\x08\x00\x00\x00\x08"
    assert frames.size(256) == b"\xff\x00"
    assert frames.data(b"\xaa\x55\x01\x02") == b"\x03\xaa\x55\x01\x02\xff"
    assert frames.pages([1, 2]) == b"\x01\x01\x02\x02"
    assert frames.ALL_PAGES == b"\xff\x00"
    assert frames.extended_pages([0x0102]) == b"\x00\x00\x01\x02\x03"
    assert [frames.special_erase(code) for code in Special] == [
        b"\xff\xff\x00",
        b"\xff\xfe\x01",
        b"\xff\xfd\x02",
    ]


@given(blocks)
def test_all_of_a_block_and_its_checksum_xor_to_nothing(block: bytes) -> None:
    assert frames.checksum(frames.data(block)) == 0
    assert frames.data(block)[0] == len(block) - 1


@given(words)
def test_a_word_is_read_as_it_was_made(value: int) -> None:
    assert frames.checked_word(frames.word(value)) == value


@given(words, st.integers(0, 39))
def test_a_word_with_a_changed_bit_is_none(value: int, bit: int) -> None:
    frame = bytearray(frames.word(value))
    frame[bit // 8] ^= 1 << bit % 8
    assert frames.checked_word(bytes(frame)) is None


@given(blocks, st.data())
def test_a_frame_that_lacks_a_byte_is_refused_with_its_filler(
    block: bytes, data: st.DataObject
) -> None:
    """As the ROM sees it: what is left, then filler, to the length that the first byte says."""
    whole = frames.data(block)
    lost = data.draw(st.integers(1, len(whole) - 2))  # without its checksum it would be right
    arrived = whole[:lost] + whole[lost + 1 :] + bytes([frames.filler_for(whole)])
    assert frames.checksum(arrived) != 0 or set(whole[:-1]) == set(range(256))


def test_a_frame_of_all_bytes_has_a_filler_too() -> None:
    assert frames.filler_for(frames.data(bytes(range(256)))) == 0xFF


def test_filler_names_no_page_where_it_can() -> None:
    assert frames.filler_for(frames.pages([1, 2, 3])) == 0xFF
    assert frames.filler_for(frames.pages([255, 254])) == 0xFD


@given(st.binary(max_size=270))
def test_a_stream_with_a_command_in_it_is_not_harmless(stream: bytes) -> None:
    for code in frames.COMMANDS:
        assert not frames.harmless(stream + frames.command(code))
    for code in frames.CHANGING:
        assert not frames.harmless(frames.command(code)[:1] + b"?" + frames.command(code)[1:])


def test_most_blocks_are_harmless() -> None:
    draw = random.Random(1)
    blocks = [frames.data(draw.randbytes(256)) for _ in range(1000)]
    harmless = [frames.harmless(frames.word(0x0800_0000) + block) for block in blocks]
    assert sum(harmless) > 850


@pytest.mark.parametrize("count", [0, 257])
def test_what_one_command_cannot_hold_is_not_made(count: int) -> None:
    with pytest.raises(ValueError, match="one"):
        frames.size(count)
    with pytest.raises(ValueError, match="one"):
        frames.data(bytes(count))
    with pytest.raises(ValueError, match="one"):
        frames.pages([1] * count)


def test_versions_as_st_writes_them() -> None:
    assert frames.version_text(0x22) == "2.2"
    assert frames.version_text(0x31) == "3.1"
