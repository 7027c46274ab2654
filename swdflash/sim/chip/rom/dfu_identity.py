"""What the ROM's USB device calls itself, as `lsusb -v` and `dfu-util -l` show it."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from swdflash.sim.chip.rom.dfu_protocol import TRANSFER_BYTES

DFU_FUNCTIONAL = 0x21  # bDescriptorType (DFU 1.1 §4.1.3)
CAN_DOWNLOAD, CAN_UPLOAD, WILL_DETACH = 1, 2, 8  # bmAttributes; not manifestation tolerant
DETACH_MS = 255
DFUSE_1_1A = 0x011A


@dataclass(frozen=True)
class DfuIdentity:
    """Strings and numbers of its descriptors; the defaults are those of ST's ROMs."""

    serial: str
    names: tuple[str, ...]  # of the alternate settings: the memory layouts
    product: str = "STM32  BOOTLOADER"
    release: int = 0x2200  # bcdDevice
    manufacturer: str = "STMicroelectronics"
    vid: int = 0x0483
    pid: int = 0xDF11


def serial_number(uid: bytes) -> str:
    """Twelve digits of the 96-bit unique ID, as ST's examples and ROMs make them.

    `Get_SerialNum` of ST's USB library: the sum of the first and the third word, then the
    upper half of the second.
    """
    first, second, third = struct.unpack("<3I", uid[:12])
    return f"{first + third & 0xFFFF_FFFF:08X}{second >> 16:04X}"


def functional_descriptor() -> bytes:
    """It stands behind the last alternate setting."""
    attributes = CAN_DOWNLOAD | CAN_UPLOAD | WILL_DETACH
    return struct.pack(
        "<BBBHHH", 9, DFU_FUNCTIONAL, attributes, DETACH_MS, TRANSFER_BYTES, DFUSE_1_1A
    )
