"""What DFU and DfuSe put on the wire, and what carries it; nothing here opens a device.

Sources: USB DFU 1.1 §3 (requests), §4.1.3 (functional descriptor); AN3156 §3 to §5 (commands).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Protocol

DFU_CLASS, DFU_SUBCLASS = 0xFE, 0x01  # bInterfaceClass, bInterfaceSubClass (DFU 1.1 §4.2.3)
RUNTIME_MODE, DFU_MODE = 1, 2  # bInterfaceProtocol
FUNCTIONAL = 0x21  # bDescriptorType of the functional descriptor

COMMAND_BLOCK = 0  # wValue of DNLOAD and UPLOAD that carry commands (AN3156 §5)
FIRST_BLOCK = 2  # wValue of the block at the address pointer
LAST_BLOCK = 0xFFFF  # wValue is 16 bits wide
LEAVE_BLOCK = 2  # of the empty DNLOAD that leaves DFU mode; as dfu-util has it


class Request(IntEnum):
    """bRequest."""

    DETACH = 0
    DNLOAD = 1
    UPLOAD = 2
    GETSTATUS = 3
    CLRSTATUS = 4
    GETSTATE = 5
    ABORT = 6


class Command(IntEnum):
    """First byte of a DNLOAD of block 0 (AN3156 §3)."""

    GET = 0x00
    SET_ADDRESS = 0x21
    ERASE = 0x41
    READ_UNPROTECT = 0x92


def set_address(address: int) -> bytes:
    """Blocks from now on begin here (AN3156 §5.2)."""
    return struct.pack("<BI", Command.SET_ADDRESS, address)


def erase_sector(address: int) -> bytes:
    """The sector that this address is in (AN3156 §5.3)."""
    return struct.pack("<BI", Command.ERASE, address)


def mass_erase() -> bytes:
    """All of main flash (AN3156 §5.3)."""
    return bytes([Command.ERASE])


def read_unprotect() -> bytes:
    """Erases all of flash, takes read protection off and resets (AN3156 §5.4)."""
    return bytes([Command.READ_UNPROTECT])


class Attributes(IntFlag):
    """bmAttributes of the functional descriptor."""

    CAN_DNLOAD = 1
    CAN_UPLOAD = 2
    MANIFESTATION_TOLERANT = 4
    WILL_DETACH = 8


@dataclass(frozen=True)
class Functional:
    """The DFU functional descriptor."""

    attributes: Attributes
    transfer_size: int  # wTransferSize: bytes in a block
    version: int  # bcdDFU

    @classmethod
    def find(cls, descriptors: bytes) -> Functional | None:
        """The first among descriptors that follow each other, or None."""
        at = 0
        while at + 2 <= len(descriptors):
            length, kind = descriptors[at], descriptors[at + 1]
            if kind == FUNCTIONAL and 7 <= length <= len(descriptors) - at:
                attributes, _detach_ms, size = struct.unpack_from("<BHH", descriptors, at + 2)
                # a descriptor of DFU 1.0 ends here
                version = descriptors[at + 7 : at + 9] if length >= 9 else b"\0\1"
                return cls(Attributes(attributes), size, int.from_bytes(version, "little"))
            at += max(length, 2)
        return None

    @property
    def version_text(self) -> str:
        """The bcdDFU as ST writes it: 0x011A is "1.1a"."""
        major, minor, last = self.version >> 8, self.version >> 4 & 0xF, self.version & 0xF
        return f"{major:x}.{minor:x}{last:x}" if last else f"{major:x}.{minor:x}"


class ControlEndpoint(Protocol):
    """Class requests to the DFU interface of one device.

    All raise kinds of `links.dfu.errors.TransferFailed`.
    """

    def send(self, request: Request, value: int, data: bytes = b"") -> None:
        """To the device."""
        ...

    def receive(self, request: Request, value: int, size: int) -> bytes:
        """From the device, which may answer less."""
        ...

    def select(self, alternate: int) -> None:
        """SET_INTERFACE: requests are about this alternate setting from now on."""
        ...

    def reset(self) -> None:
        """Reset the device's port; the device is at its first alternate setting then."""
        ...

    def close(self) -> None:
        """Let go of the device. May be called twice."""
        ...
