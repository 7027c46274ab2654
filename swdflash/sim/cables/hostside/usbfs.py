"""The ioctls of usbfs, as libusb uses them (linux/usbdevice_fs.h, 64 bit)."""

from __future__ import annotations

import errno
import struct
from typing import NamedTuple

GET_CAPABILITIES = 0x8004551A
GET_SPEED = 0x551F
CONTROL = 0xC0185500
SET_INTERFACE = 0x80085504
SET_CONFIGURATION = 0x80045505
GET_DRIVER = 0x41045508
SUBMIT_URB = 0x8038550A
DISCARD_URB = 0x550B
REAP_URB = 0x4008550C
REAP_URB_NO_DELAY = 0x4008550D
CLAIM_INTERFACE = 0x8004550F
RELEASE_INTERFACE = 0x80045510
RESET = 0x5514
CLEAR_HALT = 0x80045515
DISCONNECT_CLAIM = 0x8108551B

CAP_REAP_AFTER_DISCONNECT = 0x10
URB_CONTROL, URB_BULK = 2, 3

URB_BYTES = 56
URB_STATUS, URB_BUFFER, URB_ACTUAL_LENGTH = 4, 16, 28  # offsets


class Urb(NamedTuple):
    """What is read of struct usbdevfs_urb."""

    kind: int
    endpoint: int
    length: int

    @classmethod
    def of(cls, raw: bytes) -> Urb:
        """From the program's memory."""
        kind, endpoint = raw[0], raw[1]
        return cls(kind, endpoint, struct.unpack_from("<i", raw, 24)[0])


# What the kernel says where libusb has these codes (libusb's linux_usbfs.c, the other way round)
STATUS = {-4: errno.ENODEV, -7: errno.ETIMEDOUT, -9: errno.EPIPE, -5: errno.ENOENT}
REFUSED = {-3: errno.EACCES, -4: errno.ENODEV, -5: errno.EINVAL, -6: errno.EBUSY}
