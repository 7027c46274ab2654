"""What a probe is like, beyond what pyOCD offers in public: supply voltage, real clock, costs.

pyOCD keeps these behind a probe's `_link`; this file is the only one that looks there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyocd.probe.debug_probe import DebugProbe
from pyocd.probe.jlink_probe import JLinkProbe
from pyocd.probe.stlink.constants import SWD_FREQ_MAP
from pyocd.probe.stlink.stlink import STLink
from pyocd.probe.stlink_probe import StlinkProbe

from swdflash.links.base import Costs

# pyOCD calls the ST-Link V2's fastest clock 4.6 MHz; ST and OpenOCD (stlink_usb.c) call it 4 MHz.
V2_FASTEST_PYOCD = 4_600_000
V2_FASTEST = 4_000_000

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


def _link(probe: DebugProbe) -> Any:
    return getattr(probe, "_link", None)


def _stlink(probe: DebugProbe) -> STLink | None:
    link = _link(probe)
    return link if isinstance(probe, StlinkProbe) and isinstance(link, STLink) else None


def voltage(probe: DebugProbe) -> float | None:
    """Volts at VTref, measured now; None where the probe cannot tell."""
    stlink = _stlink(probe)
    if stlink is not None:
        stlink.get_target_voltage()
        volts: float | None = stlink.target_voltage
        return volts
    if isinstance(probe, JLinkProbe):
        millivolts: int = _link(probe).hardware_status.VTarget
        return millivolts / 1000
    return None


def set_clock(probe: DebugProbe, hz: int) -> int:
    """Ask for an SWCLK of `hz`; what the probe made of it, as far as it tells."""
    stlink = _stlink(probe)
    if stlink is None:
        probe.set_clock(hz)
        return hz
    if stlink.hw_version >= 3:
        probe.set_clock(hz)
        current_khz, _ = stlink.get_com_frequencies(STLink.Protocol.SWD)
        return int(current_khz) * 1000
    if hz >= V2_FASTEST:
        probe.set_clock(V2_FASTEST_PYOCD)
        return V2_FASTEST
    probe.set_clock(hz)
    chosen: int = max(known for known in SWD_FREQ_MAP if known <= hz)
    return chosen


def costs(probe: DebugProbe, clock_hz: int) -> Costs:
    """What the wire costs at this clock; an estimate for plans, not a measurement."""
    wire = _wire(probe)
    swd = clock_hz / CLOCKS_A_WORD * 4
    # An ST-Link stores a block before it forwards it, so the two times add up.
    bytes_per_s = 1 / (1 / swd + 1 / wire.bytes_per_s)
    return Costs(wire.round_trip_s, bytes_per_s, DIGEST_BYTES_PER_S)


def _wire(probe: DebugProbe) -> Wire:
    stlink = _stlink(probe)
    if stlink is not None:
        return FULL_SPEED if stlink.hw_version < 3 else HIGH_SPEED
    return HIGH_SPEED if isinstance(probe, JLinkProbe) else HID
