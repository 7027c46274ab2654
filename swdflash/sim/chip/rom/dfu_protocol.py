"""The numbers of USB DFU 1.1, and those that ST's DfuSe adds (AN3156)."""

from __future__ import annotations

from enum import IntEnum


class Request(IntEnum):
    """bRequest (DFU 1.1 table 3.2)."""

    DETACH = 0
    DNLOAD = 1
    UPLOAD = 2
    GETSTATUS = 3
    CLRSTATUS = 4
    GETSTATE = 5
    ABORT = 6


class State(IntEnum):
    """bState (DFU 1.1 §6.1.2)."""

    IDLE = 2
    DNLOAD_SYNC = 3
    DNBUSY = 4
    DNLOAD_IDLE = 5
    MANIFEST_SYNC = 6
    MANIFEST = 7
    MANIFEST_WAIT_RESET = 8
    UPLOAD_IDLE = 9
    ERROR = 10


class Status(IntEnum):
    """bStatus (DFU 1.1 §6.1.2)."""

    OK = 0x00
    ERR_TARGET = 0x01
    ERR_FIRMWARE = 0x0A
    ERR_VENDOR = 0x0B
    ERR_UNKNOWN = 0x0E
    ERR_STALLEDPKT = 0x0F


class Command(IntEnum):
    """First byte of block 0 (AN3156 §4.2, §5)."""

    GET = 0x00
    SET_ADDRESS_POINTER = 0x21
    ERASE = 0x41
    READ_UNPROTECT = 0x92


TRANSFER_BYTES = 2048  # wTransferSize
FIRST_DATA_BLOCK = 2
FIRST_ADDRESS = 0x0800_0000  # the pointer until it is set (AN3156 §4.1)


class Stall(Exception):
    """The device answers this request with a stall."""
