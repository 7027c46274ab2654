"""The digest against the definition of the CRC unit, bit by bit."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swdflash.links.digest import digest


def crc_unit(data: bytes) -> int:
    """RM0008 §4.2, one bit at a time."""
    crc = 0xFFFF_FFFF
    for (word,) in struct.iter_unpack("<I", data):
        crc ^= word
        for _ in range(32):
            crc = ((crc << 1) ^ 0x04C1_1DB7 if crc & 0x8000_0000 else crc << 1) & 0xFFFF_FFFF
    return crc


@given(st.lists(st.binary(min_size=4, max_size=4), max_size=40))
def test_it_is_the_crc_units(words: list[bytes]) -> None:
    data = b"".join(words)
    assert digest(data) == crc_unit(data)


def test_known_words() -> None:
    # The CRC-32/MPEG-2 check value of "123456789" taken to whole words, and the reset value.
    assert digest(b"") == 0xFFFF_FFFF
    assert digest(bytes.fromhex("78563412")) == 0xDF8A_8A2B


def test_part_of_a_word_is_refused() -> None:
    with pytest.raises(ValueError, match="32-bit words"):
        digest(b"abc")
