"""What a probe is like, beyond what pyOCD offers in public: supply voltage, real clock, costs.

pyOCD keeps these behind a probe's `_link`; this file is the only one that looks there.
"""

from __future__ import annotations

from typing import Any

from pyocd.probe.debug_probe import DebugProbe
from pyocd.probe.jlink_probe import JLinkProbe
from pyocd.probe.stlink.constants import SWD_FREQ_MAP, Commands
from pyocd.probe.stlink.stlink import STLink
from pyocd.probe.stlink_probe import StlinkProbe

from swdflash.links import wire
from swdflash.links.base import Costs
from swdflash.links.errors import ClockTooSlow

# pyOCD calls the ST-Link V2's fastest clock 4.6 MHz; ST and OpenOCD (stlink_usb.c) call it 4 MHz.
V2_FASTEST_PYOCD = 4_600_000
V2_FASTEST = 4_000_000
V2_SLOW = {50_000: 79, 25_000: 158, 15_000: 265, 5_000: 798}  # Hz → delay (OpenOCD stlink_usb.c)


def _link(probe: DebugProbe) -> Any:
    return getattr(probe, "_link", None)


def _stlink(probe: DebugProbe) -> STLink | None:
    link = _link(probe)
    return link if isinstance(probe, StlinkProbe) and isinstance(link, STLink) else None


def usb_path(probe: DebugProbe) -> str | None:
    """Its socket, bus and ports (1-4.2), as Linux writes it; None unless it is an ST-Link on USB.

    pyOCD opens probes of other makes by their serial number, whatever was found before.
    """
    stlink = _stlink(probe)
    device = getattr(getattr(stlink, "_device", None), "_dev", None)
    ports = getattr(device, "port_numbers", None)
    return f"{device.bus}-{'.'.join(map(str, ports))}" if device and ports else None


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
    if hz < min(SWD_FREQ_MAP):
        return _set_slow_clock(probe, stlink, hz)
    probe.set_clock(hz)
    chosen: int = max(known for known in SWD_FREQ_MAP if known <= hz)
    return chosen


def _set_slow_clock(probe: DebugProbe, stlink: Any, hz: int) -> int:
    """Below what pyOCD knows. Raises `ClockTooSlow`."""
    chosen = max((known for known in V2_SLOW if known <= hz), default=0)
    if not chosen:
        raise ClockTooSlow(str(probe.product_name), hz, min(V2_SLOW))
    count = V2_SLOW[chosen].to_bytes(2, "little")
    command = [Commands.JTAG_COMMAND, Commands.SWD_SET_FREQ, *count]
    stlink._check_status(stlink._device.transfer(command, readSize=2))  # noqa: SLF001
    return chosen


def costs(probe: DebugProbe, clock_hz: int) -> Costs:
    """What the wire costs at this clock; an estimate for plans, not a measurement."""
    return wire.costs(_wire(probe), clock_hz)


def _wire(probe: DebugProbe) -> wire.Wire:
    stlink = _stlink(probe)
    if stlink is not None:
        return wire.FULL_SPEED if stlink.hw_version < 3 else wire.HIGH_SPEED
    return wire.HIGH_SPEED if isinstance(probe, JLinkProbe) else wire.HID
