"""Characters as levels on a line (RM0008 §27.3.1): a start bit, data, parity, stop bits."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from swdflash.sim.clock import PS_PER_S

START, DATA_BITS = 1, 8


class Parity(StrEnum):
    """The bit behind the data."""

    NONE = "N"
    EVEN = "E"
    ODD = "O"


@dataclass(frozen=True)
class Format:
    """How one end of a line sends and receives; `bit_ps` is the time of one bit there."""

    bit_ps: int
    parity: Parity = Parity.NONE
    stop_bits: int = 1

    @classmethod
    def at(cls, baud: int, parity: Parity = Parity.NONE, stop_bits: int = 1) -> Format:
        """By its rate in bits a second."""
        return cls(PS_PER_S // baud, parity, stop_bits)

    @property
    def frame_bits(self) -> int:
        """Bits of a character, from start to stop."""
        return START + DATA_BITS + (self.parity is not Parity.NONE) + self.stop_bits

    @property
    def frame_ps(self) -> int:
        """Time of a character."""
        return self.frame_bits * self.bit_ps

    def parity_bit(self, value: int) -> int:
        """The bit that goes with a byte."""
        return value.bit_count() & 1 ^ (self.parity is Parity.ODD)

    def levels(self, value: int, *, bad_parity: bool = False) -> list[int]:
        """The bits of a character in the order of the line."""
        bits = [0, *(value >> at & 1 for at in range(DATA_BITS))]
        if self.parity is not Parity.NONE:
            bits.append(self.parity_bit(value) ^ bad_parity)
        return bits + [1] * self.stop_bits


@dataclass(frozen=True)
class Burst:
    """Characters without a gap, from `start_ps` on."""

    start_ps: int
    format: Format
    data: bytes
    bad_parity: bool = False

    @property
    def end_ps(self) -> int:
        """When its last stop bit is over."""
        return self.start_ps + len(self.data) * self.format.frame_ps

    @property
    def bit_ps(self) -> int:
        """Time of one of its levels."""
        return self.format.bit_ps

    @cached_property
    def levels(self) -> list[int]:
        """Every bit of it."""
        each = (self.format.levels(value, bad_parity=self.bad_parity) for value in self.data)
        return [bit for character in each for bit in character]


@dataclass(frozen=True)
class Low:
    """The line held low: a break, or a wire pulled to ground."""

    start_ps: int
    bit_ps: int  # how long
    levels: list[int] = field(default_factory=lambda: [0])

    @property
    def end_ps(self) -> int:
        """When it is let go."""
        return self.start_ps + self.bit_ps


Signal = Burst | Low
