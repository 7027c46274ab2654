"""How a virtual board's wires and jumpers are set."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class SerialTo(StrEnum):
    """What the wires of the serial adapter lead to."""

    CHIP = "chip"  # the first USART of the bootloader, and of firmware
    ECHO = "echo"  # RX and TX to each other
    NOTHING = "nothing"
    NOISE = "noise"  # a bad contact: rubbish, all the time
    MODEM = "modem"  # a modem that takes AT commands
    GPS = "gps"  # a GPS receiver, which talks without being asked


class Line(StrEnum):
    """A modem line of the serial adapter; with `!` what it does is the other way round."""

    RTS = "rts"
    NOT_RTS = "!rts"
    DTR = "dtr"
    NOT_DTR = "!dtr"

    def acts(self, *, rts: bool, dtr: bool) -> bool:
        """Whether it does what it is there for, while these lines are asserted (or not)."""
        asserted = rts if self.value.endswith("rts") else dtr
        return asserted != self.value.startswith("!")


class Wiring(Struct, frozen=True, kw_only=True):
    """What a person could change with their hands. `serial` is the probe's number."""

    probe: str = "st-link-v2"
    serial: str
    nrst_wired: bool = True
    nrst_rc_s: float = 0.0  # time constant of NRST's pull-up (40 kOhm) and the capacitor at it
    nrst_shorted: bool = False  # NRST is connected to ground
    swclk_limit_hz: int | None = None  # the wires spoil SWD above this clock; None: they do not
    swd_wired: bool = True  # whether SWDIO and SWCLK reach the chip
    boot0: int = 0
    boot1: int = 0
    vtarget: float = 3.3  # volts
    uptime_s: float = 0.5  # simulated seconds from power-on until the probe attaches
    hse_hz: int | None = 8_000_000  # the crystal, None without one
    usb: bool | None = None  # D+ and D- go to a socket; None: they do where the ROM has USB
    usb_firmware: bool = False  # what runs from flash is a DFU device, too: not ST's
    serial_to: SerialTo = SerialTo.CHIP
    serial_boot0: Line | None = None  # the line that drives BOOT0 high; the jumper is off then
    serial_nrst: Line | None = None  # the line that pulls NRST low
