"""How a virtual board's wires and jumpers are set."""

from __future__ import annotations

from msgspec import Struct


class Wiring(Struct, frozen=True, kw_only=True):
    """What a person could change with their hands. `serial` is the probe's."""

    probe: str = "st-link-v2"
    serial: str
    nrst_wired: bool = True
    nrst_rc_s: float = 0.0  # time constant of NRST's pull-up (40 kOhm) and the capacitor at it
    nrst_shorted: bool = False  # NRST is connected to ground
    swclk_limit_hz: int | None = None  # the wires spoil SWD above this clock; None: they do not
    boot0: int = 0
    boot1: int = 0
    vtarget: float = 3.3  # volts
    uptime_s: float = 0.5  # simulated seconds from power-on until the probe attaches
    hse_hz: int | None = 8_000_000  # the crystal, None without one
    usb: bool | None = None  # D+ and D- go to a socket; None: they do where the ROM has USB
    usb_firmware: bool = False  # what runs from flash is a DFU device, too: not ST's
