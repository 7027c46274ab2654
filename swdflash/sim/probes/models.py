"""The ST-Links there are: USB identity, firmware, endpoints and clocks."""

from __future__ import annotations

from dataclasses import dataclass

ST = 0x0483

# SWD clock in kHz by the delay count in SWD_SET_FREQ (OpenOCD stlink_usb.c, pyOCD constants.py)
V2_SWD_KHZ = {
    0: 4000,
    1: 1800,
    2: 1200,
    3: 950,
    5: 650,
    7: 480,
    9: 400,
    10: 360,
    15: 240,
    25: 150,
    31: 125,
    40: 100,
    79: 50,
    158: 25,
    265: 15,
    798: 5,
}
V3_SWD_KHZ = (24000, 8000, 3300, 1000, 200, 50, 5)  # what a V3 answers to GET_COM_FREQ


@dataclass(frozen=True)
class UsbSpeed:
    """What a bulk transfer costs: its latency, then packets at the bus's ceiling."""

    code: int  # libusb_speed
    packet: int  # bytes in a bulk packet
    latency_s: float  # of one transfer; OUT and IN make a round trip
    packets_per_s: float

    def cost_s(self, size: int) -> float:
        """Seconds that a transfer of `size` bytes takes."""
        return self.latency_s + max(0, size - 1) // self.packet / self.packets_per_s


# Full speed: 19 packets of 64 bytes a frame (USB 2.0 §5.8.4, Table 5-9); a round trip of 0.15 ms
# follows from 65,536 commands in 9.5 to 11 s (stlink-org/stlink issue 1205).
FULL_SPEED = UsbSpeed(code=2, packet=64, latency_s=75e-6, packets_per_s=19e3)
# High speed: 13 packets of 512 bytes a microframe (USB 2.0 §5.8.4, Table 5-10).
HIGH_SPEED = UsbSpeed(code=3, packet=512, latency_s=62.5e-6, packets_per_s=104e3)


@dataclass(frozen=True)
class Version:
    """Firmware version, as in V2J37S7 or V3J7M2."""

    hardware: int
    jtag: int
    swim: int = 0
    msc: int = 0


@dataclass(frozen=True)
class Model:
    """One kind of ST-Link."""

    product: str
    pid: int
    version: Version
    speed: UsbSpeed
    out_endpoint: int
    trace_endpoint: int
    hex_serial: bool  # whether the serial's text is readable; a V2's is 12 raw bytes
    in_endpoint: int = 0x81

    @property
    def max_rw8(self) -> int:
        """Bytes in an 8-bit memory command: one packet (OpenOCD stlink_usb.c)."""
        return self.speed.packet


MODELS = {
    "st-link-v2": Model("STM32 STLink", 0x3748, Version(2, 37, swim=7), FULL_SPEED, 2, 0x83, False),
    "v2-1": Model("STM32 STLink", 0x374B, Version(2, 37, msc=26), FULL_SPEED, 1, 0x82, True),
    "v3": Model("STLINK-V3", 0x374F, Version(3, 7, msc=2), HIGH_SPEED, 1, 0x82, True),
}
