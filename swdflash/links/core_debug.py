"""Arm's debug registers of a Cortex-M core, and what a debugger does with them.

Armv7-M Architecture Reference Manual (DDI 0403E), chapter C1. Each access costs a probe round
trips, so registers that are neighbours are accessed in one block.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Protocol

from swdflash.links.errors import CoreWillNotHalt, Timeout

AIRCR = 0xE000_ED0C  # Application Interrupt and Reset Control, B3.2.6
VECTKEY = 0x05FA_0000
SYSRESETREQ = 1 << 2

DHCSR = 0xE000_EDF0  # Debug Halting Control and Status, C1.6.2
DBGKEY = 0xA05F_0000
C_DEBUGEN = 1 << 0
C_HALT = 1 << 1
C_STEP = 1 << 2
S_REGRDY = 1 << 16
S_HALT = 1 << 17
S_RESET_ST = 1 << 25  # sticky; reading clears it

DCRSR = 0xE000_EDF4  # Debug Core Register Selector, C1.6.3
REG_WRITE = 1 << 16  # REGWnR

DCRDR = 0xE000_EDF8  # Debug Core Register Data, C1.6.4

DEMCR = 0xE000_EDFC  # Debug Exception and Monitor Control, C1.6.5
VC_CORERESET = 1 << 0

# REGSEL values, C1.6.3
REGSEL = {
    **{f"r{number}": number for number in range(16)},
    "sp": 13,
    "lr": 14,
    "pc": 15,
    "xpsr": 16,
    "msp": 17,
    "psp": 18,
}
SPECIAL = 20  # CONTROL, FAULTMASK, BASEPRI and PRIMASK share a word
SPECIAL_BYTE = {"primask": 0, "basepri": 1, "faultmask": 2, "control": 3}


class Memory(Protocol):
    """The chip's memory as a debugger sees it."""

    def read(self, address: int, size: int) -> bytes:
        """Any bytes."""
        ...

    def write(self, address: int, data: bytes) -> None:
        """Any bytes."""
        ...

    def read32(self, address: int) -> int:
        """One access of 32 bits."""
        ...

    def write32(self, address: int, value: int) -> None:
        """One access of 32 bits."""
        ...


class CoreDebug:
    """Halts, resumes and steps one core, and reads and writes its registers.

    `now` is the link's clock; nothing waits longer than `patience_s` on it.
    """

    patience_s = 1.0

    def __init__(self, memory: Memory, now: Callable[[], float]) -> None:
        self._memory = memory
        self._now = now
        self.enabled = False  # C_DEBUGEN was set here

    def control(self, bits: int) -> None:
        """Write DHCSR's control bits, with C_DEBUGEN."""
        self.enabled = True
        self._memory.write32(DHCSR, DBGKEY | C_DEBUGEN | bits)

    def leave(self) -> None:
        """Leave a running core as if no debugger had been there; a halted one stays halted."""
        if self.enabled and not self.is_halted():
            self._memory.write32(DHCSR, DBGKEY)
            self.enabled = False

    def is_halted(self) -> bool:
        """Whether the core is in debug state."""
        return bool(self._memory.read32(DHCSR) & S_HALT)

    def halt(self) -> None:
        """Stop the core; raises `CoreWillNotHalt`."""
        self.control(C_HALT)
        self.expect_halt()

    def expect_halt(self) -> None:
        """Wait until the core is in debug state; raises `CoreWillNotHalt`."""
        dhcsr = self._poll(lambda dhcsr: bool(dhcsr & S_HALT))
        if not dhcsr & S_HALT:
            raise CoreWillNotHalt(dhcsr, self.patience_s)

    def resume(self) -> None:
        """Let the core go on."""
        self.control(0)

    def step(self) -> None:
        """Execute one instruction, or enter an exception that is pending."""
        self.control(C_STEP)
        self.expect_halt()

    def system_reset(self) -> None:
        """Request a system reset. The write may be cut off by the reset that it causes."""
        self._memory.write32(AIRCR, VECTKEY | SYSRESETREQ)

    def await_reset_end(self) -> None:
        """Read DHCSR until it tells of no reset since it was last read."""
        self._poll(lambda dhcsr: not dhcsr & S_RESET_ST)

    def catch_reset(self, *, catch: bool) -> None:
        """Set or clear DEMCR.VC_CORERESET: halt at the reset vector, or not."""
        demcr = self._memory.read32(DEMCR)
        demcr = demcr | VC_CORERESET if catch else demcr & ~VC_CORERESET
        self._memory.write32(DEMCR, demcr)

    def read_registers(self, names: Sequence[str]) -> list[int]:
        """Values of core registers; the core must be halted."""
        return [self._read_register(name) for name in names]

    def write_registers(self, values: Mapping[str, int]) -> None:
        """Set core registers; the core must be halted.

        DCRSR and DCRDR are neighbours: the block that starts one transfer carries the next
        value. A transfer takes the core a few cycles, a word on SWD takes 46 clocks and waits
        for the core's bus, so readiness is checked once, at the end.
        """
        moves = self._transfers(values)
        if not moves:
            return
        self._memory.write32(DCRDR, moves[0][1])
        for (selector, _), (_, value) in pairwise(moves):
            self._memory.write(DCRSR, struct.pack("<II", selector | REG_WRITE, value))
        self._memory.write32(DCRSR, moves[-1][0] | REG_WRITE)
        self._ready(self._memory.read32(DHCSR))

    def _transfers(self, values: Mapping[str, int]) -> list[tuple[int, int]]:
        """(REGSEL, value) of each register; those that share a word are merged into it."""
        moves = [(REGSEL[name], value) for name, value in values.items() if name in REGSEL]
        special = {name: value for name, value in values.items() if name not in REGSEL}
        if special:
            word = bytearray(struct.pack("<I", self._read_selected(SPECIAL)))
            for name, value in special.items():
                word[SPECIAL_BYTE[name]] = value
            moves.append((SPECIAL, int.from_bytes(word, "little")))
        return moves

    def _read_register(self, name: str) -> int:
        if name in REGSEL:
            return self._read_selected(REGSEL[name])
        return self._read_selected(SPECIAL) >> 8 * SPECIAL_BYTE[name] & 0xFF

    def _read_selected(self, selector: int) -> int:
        self._memory.write32(DCRSR, selector)
        while True:
            dhcsr, _, value = struct.unpack("<III", self._memory.read(DHCSR, 12))
            if self._ready(dhcsr):
                return int(value)

    def _ready(self, dhcsr: int) -> bool:
        if dhcsr & S_REGRDY:
            return True
        if not self._poll(lambda status: bool(status & S_REGRDY)) & S_REGRDY:
            raise Timeout("the core does not hand its registers over (DHCSR.S_REGRDY stays 0)")
        return False

    def _poll(self, done: Callable[[int], bool]) -> int:
        """Read DHCSR until `done` or out of patience; the last value."""
        deadline = self._now() + self.patience_s
        while True:
            dhcsr = self._memory.read32(DHCSR)
            if done(dhcsr) or self._now() > deadline:
                return dhcsr
