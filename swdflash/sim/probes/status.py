"""What ST-Link firmware answers: one byte, the same names in pyOCD and OpenOCD."""

from __future__ import annotations

from enum import IntEnum

from swdflash.sim.adiv5.acks import Ack


class Status(IntEnum):
    """Status codes (pyOCD probe/stlink/constants.py; OpenOCD stlink_usb.c)."""

    OK = 0x80
    CMD_ERROR = 0x08
    GET_IDCODE_ERROR = 0x09
    ALIGNMENT_ERROR = 0x0A
    AP_WAIT = 0x10
    AP_FAULT = 0x11
    AP_ERROR = 0x12
    DP_WAIT = 0x14
    DP_FAULT = 0x15
    DP_ERROR = 0x16
    BAD_AP = 0x1D
    SWV_NOT_AVAILABLE = 0x20
    FREQ_NOT_SUPPORTED = 0x41
    UNKNOWN_CMD = 0x42


OF_DP = {Ack.WAIT: Status.DP_WAIT, Ack.FAULT: Status.DP_FAULT, Ack.NONE: Status.DP_ERROR}
OF_AP = {Ack.WAIT: Status.AP_WAIT, Ack.FAULT: Status.AP_FAULT, Ack.NONE: Status.AP_ERROR}


def reply(status: Status, *words: int) -> bytes:
    """A status alone takes 2 bytes; before words it takes 4."""
    if not words:
        return status.to_bytes(2, "little")
    return b"".join(value.to_bytes(4, "little") for value in (status, *words))
