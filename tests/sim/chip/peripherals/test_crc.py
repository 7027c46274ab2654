from __future__ import annotations

import random

import pytest

from .conftest import Bench

DR, IDR, CR = 0x4002_3000, 0x4002_3004, 0x4002_3008


@pytest.fixture
def crc(bench: Bench) -> Bench:
    bench.write(0x4002_1014, 1 << 6)
    return bench


def bitwise(words: list[int]) -> int:
    """CRC-32/MPEG-2, bit by bit."""
    value = 0xFFFF_FFFF
    for word in words:
        for bit in range(31, -1, -1):
            top = value >> 31 ^ (word >> bit & 1)
            value = value << 1 & 0xFFFF_FFFF ^ (0x04C1_1DB7 if top else 0)
    return value


def test_known_value(crc: Bench) -> None:
    crc.write(DR, 0x3132_3334)
    crc.write(DR, 0x3536_3738)
    crc.write(DR, 0)
    assert crc.read(DR) == bitwise([0x3132_3334, 0x3536_3738, 0])


def test_random_words(crc: Bench) -> None:
    words = [random.Random(1).getrandbits(32) for _ in range(64)]
    for word in words:
        crc.write(DR, word)
    assert crc.read(DR) == bitwise(words)


def test_reset_bit_starts_anew_and_keeps_idr(crc: Bench) -> None:
    crc.write(IDR, 0x1A5)
    crc.write(DR, 1)
    crc.write(CR, 1)
    assert crc.read(DR) == 0xFFFF_FFFF
    assert crc.read(IDR) == 0xA5


def test_a_word_takes_four_cycles(crc: Bench) -> None:
    crc.write(DR, 1)
    assert crc.f1.clock.now_ps == 4 * 125_000
