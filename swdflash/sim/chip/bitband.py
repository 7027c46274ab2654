"""Bit-banding: each bit of a region's first MiB as a word of its own (DDI 0337 §4.2.1)."""

from __future__ import annotations

from swdflash.memory import Span
from swdflash.sim.bus import Bus, Master, ResetKind


class BitBand:
    """A `Device`: the 32 MiB alias of `region` (0x20000000 or 0x40000000)."""

    def __init__(self, bus: Bus, region: int) -> None:
        self.span = Span(region + 0x0200_0000, 0x0200_0000)
        self._bus = bus
        self._region = region

    def reset(self, kind: ResetKind) -> None:
        """Nothing is kept here."""

    def read(self, offset: int, _size: int, master: Master) -> int:
        """0 or 1; raises `BusFault` where nobody answers at the bit's word."""
        word, bit = self._place(offset)
        return self._bus.read(word, 4, master) >> bit & 1

    def write(self, offset: int, _size: int, value: int, master: Master) -> None:
        """Bit 0 of the value is what the bit becomes, by read-modify-write."""
        word, bit = self._place(offset)
        old = self._bus.read(word, 4, master)
        self._bus.write(word, 4, old & ~(1 << bit) | (value & 1) << bit, master)

    def _place(self, offset: int) -> tuple[int, int]:
        number = offset // 4
        return self._region + number // 32 * 4, number % 32
