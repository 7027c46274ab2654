"""CRC calculation unit (RM0008 §4): CRC-32 of words, polynomial 0x04C11DB7, not reflected."""

from __future__ import annotations

from collections.abc import Callable

from swdflash.sim.chip.peripherals.registers import MASK32, Log, Register, RegisterBlock, no_log

POLYNOMIAL = 0x04C1_1DB7
CYCLES = 4  # "the CRC calculation takes 4 AHB clock cycles" for a word (RM0008 §4.3)


def _table() -> tuple[int, ...]:
    entries = []
    for byte in range(256):
        crc = byte << 24
        for _bit in range(8):
            crc = crc << 1 ^ (POLYNOMIAL if crc & 0x8000_0000 else 0)
        entries.append(crc & MASK32)
    return tuple(entries)


TABLE = _table()


class Crc(RegisterBlock):
    """`stall(cycles)` makes the bus wait while a word is worked in."""

    on_apb = False

    DR = Register(0x00, reset=MASK32)
    IDR = Register(0x04, writable=0xFF)
    CR = Register(0x08, write_only=True)

    def __init__(
        self, base: int, stall: Callable[[int], None] = lambda _cycles: None, log: Log = no_log
    ) -> None:
        super().__init__(base, log)
        self._stall = stall

    @DR.writes
    def _dr(self, word: int) -> None:
        crc = self.DR ^ word
        for _byte in range(4):
            crc = crc << 8 & MASK32 ^ TABLE[crc >> 24]
        self.DR = crc
        self._stall(CYCLES)

    @CR.writes
    def _cr(self, value: int) -> None:
        if value & 1:  # RESET; IDR keeps its value
            self.DR = MASK32
