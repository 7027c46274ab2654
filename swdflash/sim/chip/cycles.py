"""What a run of Thumb instructions costs on a Cortex-M3 without wait states.

Cortex-M3 TRM r2p1 (DDI 0337), §3.3.1 "Cortex-M3 instructions". Where the manual gives a range
(division, long multiplication) the middle of it is taken.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import NamedTuple

SYSTEM_BUS = 0x2000_0000  # code from here on is not fetched by the ICode bus
REFILL = 2  # "P": 1 to 3 cycles to fill the pipeline after a taken branch


class Effect(IntEnum):
    """What a block does besides computing; bits."""

    NONE = 0
    STORES = 1  # writes memory
    SYSTEM = 2  # touches what decides whether an exception is taken, or an event (SEV)
    EVENT = 4  # SEV


class Block(NamedTuple):
    """Straight-line code from `start` up to `end`; `refill` is what a branch to it costs."""

    cycles: int
    start: int
    end: int
    effect: int
    refill: int


class _Cost(NamedTuple):
    cycles: int
    effect: int = Effect.NONE
    load: bool = False  # a load right after a load or store overlaps with it


_ONE = _Cost(1)
_LOAD = _Cost(2, load=True)
_STORE = _Cost(1, Effect.STORES)
_STORE_INDEXED = _Cost(2, Effect.STORES)


def nothing(address: int) -> Block:
    """No code, at an address."""
    return Block(0, address, address, 0, 0)


def measure(start: int, code: bytes, wait_states: int = 0) -> Block:
    """The cost of executing all of `code`, its last branch not taken.

    Prefetch hides flash's wait states but for the first fetch after a branch (PM0075 §2.3.2).
    A fetch of 32 bits by the system bus, which is registered, takes two cycles (DDI 0337, bus
    interface): OpenOCD's CRC routine takes 128 cycles a byte in an STM32F103's SRAM; 130 by this
    rule, 88 without it.
    """
    cycles, effect, overlaps = 0, 0, False
    offset = 0
    while offset < len(code) - 1:
        first = int.from_bytes(code[offset : offset + 2], "little")
        if first < 0xE800:
            cost = _narrow(first)
            offset += 2
        else:
            second = int.from_bytes(code[offset + 2 : offset + 4], "little")
            cost = _wide(first, second)
            offset += 4
        cycles += 1 if cost.load and overlaps else cost.cycles
        overlaps = cost.load or bool(cost.effect & Effect.STORES)
        effect |= cost.effect
    refill = REFILL + wait_states
    if start >= SYSTEM_BUS:
        cycles = max(cycles, 2 * -(-len(code) // 4))
        refill = REFILL + 1
    return Block(cycles, start, start + len(code), effect, refill)


def is_wide(first: int) -> bool:
    """Whether this half-word begins a 32-bit instruction (DDI 0403 §A5.1)."""
    return first >= 0xE800


def length(code: bytes) -> int:
    """Bytes of the instruction that begins `code`."""
    return 4 if is_wide(struct.unpack_from("<H", code)[0]) else 2


def _narrow(op: int) -> _Cost:
    top = op >> 12
    if top < 4 or top == 0xA or top >= 0xD or op < 0x4800:
        return _ONE  # shift, add, compare, data processing, address, branch
    if top == 4:
        return _LOAD  # LDR (literal)
    if top == 5:  # register offset; STR, STRH and STRB come first
        return _STORE_INDEXED if op < 0x5600 else _LOAD
    if top < 0xA:
        return _LOAD if op & 0x0800 else _STORE
    if top == 0xC:
        return _multiple(op & 0xFF, load=bool(op & 0x0800))
    return _miscellaneous(op)


def _miscellaneous(op: int) -> _Cost:
    if op & 0xFE00 == 0xB400:
        return _multiple(op & 0x1FF, load=False)
    if op & 0xFE00 == 0xBC00:
        return _multiple(op & 0x1FF, load=True)
    if op & 0xFFE8 == 0xB660:
        return _Cost(2, Effect.SYSTEM)  # CPS
    if op == 0xBF40:
        return _Cost(1, Effect.SYSTEM | Effect.EVENT)  # SEV
    if op & 0xFF0F == 0xBF00 and op > 0xBF10:
        return _Cost(1, Effect.SYSTEM)  # WFE, WFI
    return _ONE


def _multiple(registers: int, *, load: bool) -> _Cost:
    return _Cost(1 + registers.bit_count(), Effect.NONE if load else Effect.STORES, load)


def _wide(first: int, second: int) -> _Cost:
    if first < 0xEA00:
        return _multiple_or_dual(first, second)
    if 0xF000 <= first < 0xF800 and second & 0x8000:
        return _branch_or_system(first, second)
    if 0xF800 <= first < 0xFA00:
        return _LOAD if first & 0x10 else _STORE_INDEXED
    if 0xFB00 <= first < 0xFC00:
        return _multiply(first, second)
    return _ONE


def _multiple_or_dual(first: int, second: int) -> _Cost:
    load = bool(first & 0x10)
    if not first & 0x40:
        return _multiple(second, load=load)
    if first & 0xFFF0 == 0xE8D0 and second & 0xFFE0 == 0xF000:
        return _Cost(2)  # TBB, TBH
    if first & 0x0120 == 0:  # exclusives: the monitor is state, like a store
        return _Cost(2, Effect.STORES)
    return _Cost(3, Effect.NONE if load else Effect.STORES, load)


def _branch_or_system(first: int, second: int) -> _Cost:
    if second & 0x5000:
        return _ONE  # B, BL
    if first & 0xFFE0 == 0xF380:
        return _Cost(2, Effect.SYSTEM)  # MSR
    if first == 0xF3AF:
        event = Effect.EVENT if second == 0x8004 else Effect.NONE
        return _Cost(1, Effect.SYSTEM | event)  # hints
    return _Cost(2) if first & 0xFFE0 == 0xF3E0 else _ONE  # MRS; barriers


def _multiply(first: int, second: int) -> _Cost:
    if first < 0xFB80:
        return _ONE if second & 0xF000 == 0xF000 else _Cost(2)  # MUL; MLA, MLS
    if first & 0xFFD0 == 0xFB90:
        return _Cost(7)  # SDIV, UDIV: 2 to 12
    return _Cost(4 if first < 0xFBC0 else 6)  # long: 3 to 5; accumulating: 4 to 7
