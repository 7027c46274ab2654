"""Which instruction of a straight piece of code is storing to an address right now.

The engine knows the piece of code under way, not the instruction in it; the registers tell them
apart. Encodings: DDI 0403 §A7.7.158-166, STR, STRB and STRH, immediate and register.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

Register = Callable[[int], int]
MASK = 0xFFFF_FFFF


def storing_instruction(code: bytes, start: int, register: Register, address: int) -> int:
    """Its address; `start`, where the piece of code begins, if no plain store fits."""
    for pc, first, second in _instructions(code, start):
        if _target(first, second, register) == address:
            return pc
    return start


def _instructions(code: bytes, start: int) -> Iterator[tuple[int, int, int]]:
    halves = [*struct.unpack(f"<{len(code) // 2}H", code[: len(code) & ~1]), 0]
    at = 0
    while at < len(halves) - 1:
        yield start + 2 * at, halves[at], halves[at + 1]
        at += 2 if halves[at] >> 11 in (0b11101, 0b11110, 0b11111) else 1


def _target(first: int, second: int, register: Register) -> int | None:
    """Where a store goes, None for what is no store."""
    base, index = register(first >> 3 & 7), register(first >> 6 & 7)
    scale = {0b01100: 4, 0b01110: 1, 0b10000: 2}.get(first >> 11)  # STR, STRB, STRH T1
    if scale is not None:
        return base + (first >> 6 & 31) * scale & MASK
    if first >> 9 in (0b0101000, 0b0101001, 0b0101010):  # STR, STRH, STRB (register) T1
        return base + index & MASK
    if first >> 4 in (0xF88, 0xF8A, 0xF8C):  # STRB, STRH, STR (immediate) T3
        return register(first & 15) + (second & 0xFFF) & MASK
    return None
