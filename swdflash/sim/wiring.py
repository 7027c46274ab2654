"""How a virtual board's wires and jumpers are set."""

from __future__ import annotations

from msgspec import Struct


class Wiring(Struct, frozen=True, kw_only=True):
    """What a person could change with their hands. `serial` is the probe's."""

    probe: str = "st-link-v2"
    serial: str
    nrst_wired: bool = True
    boot0: int = 0
    boot1: int = 0
    vtarget: float = 3.3  # volts
    uptime_s: float = 0.5  # simulated seconds from power-on until the probe attaches
    hse_hz: int | None = 8_000_000  # the crystal, None without one
