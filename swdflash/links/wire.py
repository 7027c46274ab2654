"""What a probe's USB side and SWD cost: estimates for plans."""

from __future__ import annotations

from dataclasses import dataclass

from swdflash.links.base import Costs

CLOCKS_A_WORD = 46 + 8  # a transaction (ADIv5), and the idle clocks that an ST-Link adds
DIGEST_BYTES_PER_S = 3_200_000  # CRC unit at 8 MHz HCLK, 10 cycles a word


@dataclass(frozen=True)
class Wire:
    """A probe's USB side: seconds a memory command takes, and bytes a second it can carry."""

    round_trip_s: float
    bytes_per_s: float


# Full speed bulk: 0.15 ms a transfer pair, two a command; 19 packets of 64 bytes a millisecond.
FULL_SPEED = Wire(0.000_3, 1_100_000)
HIGH_SPEED = Wire(0.000_25, 8_000_000)
HID = Wire(0.002, 56_000)  # CMSIS-DAP v1: a 64-byte report a millisecond, each way


def costs(wire: Wire, clock_hz: int) -> Costs:
    """What the wire costs at this clock; an estimate, not a measurement."""
    swd = clock_hz / CLOCKS_A_WORD * 4
    # An ST-Link stores a block before it forwards it, so the two times add up.
    bytes_per_s = 1 / (1 / swd + 1 / wire.bytes_per_s)
    return Costs(wire.round_trip_s, bytes_per_s, DIGEST_BYTES_PER_S)
