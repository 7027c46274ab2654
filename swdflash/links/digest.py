"""The digest that chips compute: the CRC of the STM32 CRC calculation unit.

RM0008 §4.2: polynomial 0x04C1_1DB7, register 0xFFFF_FFFF at start, 32-bit words fed MSB first,
no final inversion. Words are little-endian in memory.
"""

from __future__ import annotations

import zlib
from array import array
from dataclasses import dataclass

from swdflash.errors import Exit, SwdflashError

WORD = 4


def _mirror(value: int, bits: int) -> int:
    return int(f"{value:0{bits}b}"[::-1], 2)


_MIRRORED = bytes(_mirror(byte, 8) for byte in range(256))


def digest(data: bytes) -> int:
    """The CRC unit's result over `data`, whose length is a multiple of 4.

    Ethernet's CRC-32 (zlib) is the same division with every byte mirrored, the first byte first
    and the result inverted; so mirror, swap and invert around it.
    """
    if len(data) % WORD:
        raise ValueError(f"{len(data)} bytes are no whole number of 32-bit words")
    words = array("I", data)
    words.byteswap()
    reflected = zlib.crc32(words.tobytes().translate(_MIRRORED)) ^ 0xFFFF_FFFF
    return _mirror(reflected, 32)


@dataclass(eq=False)
class CheckFailed(SwdflashError):
    """A span of flash has another digest than a `Check` step expects."""

    code = "check-failed"
    exit = Exit.VERIFY_FAILED
    what = "{start:#010x}..{end:#010x} does not hold what was written"
    why = "its CRC is {got:#010x}, not {expected:#010x}"
    next = ("compare byte by byte with `swdflash verify`",)

    start: int
    end: int
    expected: int
    got: int
