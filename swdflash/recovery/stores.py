"""Finds the instructions in a firmware that store to one register.

Compilers reach a peripheral by its base address, from a literal pool or built up in a register,
and store with an offset: `ldr r2, =0x40010000; str r1, [r2, #4]`. Those constants are followed
through straight code. What this takes for a store to the register may be none, and stores by other
means are missed: each one found is to be checked with a breakpoint.

Encodings: DDI 0403, A7.7 (LDR literal, MOV, MOVT, ADD, SUB, LSL and STR immediate), A5.3.2
(modified immediate constants).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

FOLLOWED = 24  # instructions that a constant is followed for
MADE_WITHIN = 6  # instructions, for a constant that takes two
MASK = 0xFFFF_FFFF


@dataclass(frozen=True)
class Store:
    """An instruction that may store to the register: `str rt, [rn, #offset]`."""

    pc: int
    source: int  # number of rt
    base: int  # number of rn
    offset: int


def find_stores(code: bytes, start: int, register: int) -> list[Store]:
    """Candidates in `code`, which begins at `start`, ascending."""
    found = {store.pc: store for store in Tracker(code, start).stores(register)}
    return [found[pc] for pc in sorted(found)]


class Tracker:
    """Follows constants in registers from wherever one is loaded."""

    def __init__(self, code: bytes, start: int) -> None:
        self._start = start
        self._code = code
        self._halves = struct.unpack(f"<{len(code) // 2}H", code[: len(code) & ~1])

    def stores(self, register: int) -> Iterator[Store]:
        """Every store to `register` behind a load that makes its neighbourhood."""
        for at in range(len(self._halves) - 1):
            known: dict[int, int] = {}
            if self._step(at, known) and any(_near(value, register) for value in known.values()):
                yield from self._follow(at, known, register)

    def _follow(self, at: int, known: dict[int, int], register: int) -> Iterator[Store]:
        at += self._length(at)
        for _ in range(FOLLOWED):
            if at >= len(self._halves) - 1:
                return
            store = self._store(at)
            if store and (known.get(store.base, ~0) + store.offset) & MASK == register:
                yield store
            self._step(at, known)
            at += self._length(at)

    def _length(self, at: int) -> int:
        return 2 if self._halves[at] >> 11 in (0b11101, 0b11110, 0b11111) else 1

    def _store(self, at: int) -> Store | None:
        first, second = self._halves[at], self._halves[at + 1]
        pc = self._start + 2 * at
        if first >> 11 == 0b01100:  # STR (immediate) T1
            return Store(pc, first & 7, first >> 3 & 7, (first >> 6 & 31) * 4)
        if first >> 4 == 0xF8C:  # STR (immediate) T3
            return Store(pc, second >> 12, first & 15, second & 0xFFF)
        return None

    def _step(self, at: int, known: dict[int, int]) -> bool:
        """Take what one instruction makes known; whether it did."""
        first, second = self._halves[at], self._halves[at + 1]
        if self._length(at) == 1:
            if first >> 11 == 0b01001:  # LDR (literal) T1
                return self._literal(at, first >> 8 & 7, (first & 0xFF) * 4, known)
            return self._shifted(at, known)
        rd = second >> 8 & 15
        if first & 0xFF7F == 0xF85F:  # LDR (literal) T2
            offset = second & 0xFFF
            return self._literal(at, second >> 12, offset if first >> 7 & 1 else -offset, known)
        wide = (first & 15) << 12 | (first >> 10 & 1) << 11 | (second >> 12 & 7) << 8
        wide |= second & 0xFF
        if first & 0xFBF0 == 0xF240:  # MOV (immediate) T3
            known[rd] = wide
        elif first & 0xFBF0 == 0xF2C0 and rd in known:  # MOVT
            known[rd] = known[rd] & 0xFFFF | wide << 16
        else:
            return self._modified(first, second, known)
        return True

    def _shifted(self, at: int, known: dict[int, int]) -> bool:
        """LSLS (immediate) a little after MOVS: how code for Cortex-M0 makes a base address."""
        shift = self._halves[at]
        if shift >> 11:
            return False
        move = 0b00100 << 3 | shift >> 3 & 7  # MOVS to the register that is shifted
        for before in self._halves[max(0, at - MADE_WITHIN) : at][::-1]:
            if before >> 8 == move:
                known[shift & 7] = (before & 0xFF) << (shift >> 6 & 31) & MASK
                return True
        return False

    def _modified(self, first: int, second: int, known: dict[int, int]) -> bool:
        """MOV, ADD and SUB with a modified immediate constant, T2 and T3."""
        rn, rd = first & 15, second >> 8 & 15
        constant = _expand((first >> 10 & 1) << 11 | (second >> 12 & 7) << 8 | second & 0xFF)
        operation = first & 0xFBE0
        if operation == 0xF040 and rn == 15:
            known[rd] = constant
        elif operation == 0xF100 and rn in known:
            known[rd] = known[rn] + constant & MASK
        elif operation == 0xF1A0 and rn in known:
            known[rd] = known[rn] - constant & MASK
        else:
            return False
        return True

    def _literal(self, at: int, rt: int, offset: int, known: dict[int, int]) -> bool:
        place = (2 * at + 4 & ~3) + offset
        if not 0 <= place <= len(self._code) - 4:
            return False
        known[rt] = int.from_bytes(self._code[place : place + 4], "little")
        return True


def _near(value: int, register: int) -> bool:
    """Whether a constant may be where a base address is built from."""
    return value >> 20 == register >> 20 or value == register & 0xFFFF_0000


def _expand(imm12: int) -> int:
    """ThumbExpandImm (DDI 0403, A5.3.2)."""
    byte = imm12 & 0xFF
    if imm12 >> 10 == 0:
        return (byte, byte << 16 | byte, byte << 24 | byte << 8, byte * 0x0101_0101)[imm12 >> 8]
    rotation, value = imm12 >> 7, 0x80 | imm12 & 0x7F
    return (value >> rotation | value << 32 - rotation) & MASK
