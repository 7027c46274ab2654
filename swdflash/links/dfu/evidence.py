"""What can be known of a chip from its USB bootloader alone, before anything of it is read."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from swdflash.links.dfu.layout import INTERNAL_FLASH, Memory

UID_BYTES = 12
# What some ROMs of ST say, whatever the chip: words, or what is made of a UID that reads as erased
# (`dfu-util -l` of STM32F401 and STM32F042 boards, in public readmes).
ANONYMOUS = frozenset({"STM32FxSTM32", "FFFFFFFEFFFF"})


@dataclass(frozen=True)
class Evidence:
    """What the device declares. Which chip it is follows from no single one of these."""

    vendor: int
    product: int
    rom_version: int  # bcdDevice: 0x2200 is V2.2, of the USB bootloader (AN3156 §1)
    serial: str
    memories: tuple[Memory, ...]

    @property
    def flash(self) -> Memory:
        """Main flash; some ROMs declare that of the largest part with the same silicon."""
        found = self.memory(INTERNAL_FLASH)
        assert found is not None, "a link is opened only to what declares main flash"
        return found

    def memory(self, name: str) -> Memory | None:
        """What is declared under a name."""
        name = name.casefold()
        return next((memory for memory in self.memories if memory.name.casefold() == name), None)

    def agrees_with(self, uid: bytes) -> bool | None:
        """Whether the serial number is made of this UID; None where it is made of none."""
        return None if self.serial in ANONYMOUS else self.serial == serial_of(uid)


def serial_of(uid: bytes) -> str:
    """The USB serial number that ST's bootloaders make of the 96-bit UID.

    The sum of the first and the last word, and the upper half of the middle one, in hexadecimal;
    as `Get_SerialNum` of STM32CubeF4 (usbd_desc.c) and of ST's older USB library have it.
    """
    first, middle, last = struct.unpack("<III", uid[:UID_BYTES])
    return f"{(first + last) & 0xFFFF_FFFF:08X}{middle >> 16:04X}"
