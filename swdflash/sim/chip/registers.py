"""The Cortex-M3's registers, numbered as DCRSR.REGSEL does (DDI 0403 §C1.6.3)."""

from __future__ import annotations

from enum import IntEnum


class Reg(IntEnum):
    """A register; SP is the stack pointer in use, MSP or PSP."""

    R0 = 0
    R1 = 1
    R2 = 2
    R3 = 3
    R4 = 4
    R5 = 5
    R6 = 6
    R7 = 7
    R8 = 8
    R9 = 9
    R10 = 10
    R11 = 11
    R12 = 12
    SP = 13
    LR = 14
    PC = 15
    XPSR = 16
    MSP = 17
    PSP = 18
    # REGSEL 20 packs these four; alone they have no number in DCRSR.
    PRIMASK = 0x100
    BASEPRI = 0x101
    FAULTMASK = 0x102
    CONTROL = 0x103
    IPSR = 0x104


SPECIAL = 20  # CONTROL[31:24] FAULTMASK[23:16] BASEPRI[15:8] PRIMASK[7:0]
