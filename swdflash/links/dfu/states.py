"""What a DFU device says of itself (USB DFU 1.1 §6.1.2), and in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class State(IntEnum):
    """bState."""

    APP_IDLE = 0
    APP_DETACH = 1
    IDLE = 2
    DNLOAD_SYNC = 3
    DNBUSY = 4
    DNLOAD_IDLE = 5
    MANIFEST_SYNC = 6
    MANIFEST = 7
    MANIFEST_WAIT_RESET = 8
    UPLOAD_IDLE = 9
    ERROR = 10

    @property
    def is_busy(self) -> bool:
        """Whether another GETSTATUS is all that gets on from here."""
        return self in _BUSY

    @property
    def is_application(self) -> bool:
        """Whether firmware of a user runs that can be told to make way for a DFU mode."""
        return self in (State.APP_IDLE, State.APP_DETACH)

    def __str__(self) -> str:
        return _STATE_NAMES[self]


_BUSY = (State.DNLOAD_SYNC, State.DNBUSY, State.MANIFEST_SYNC)
_STATE_NAMES = {
    State.APP_IDLE: "appIDLE",
    State.APP_DETACH: "appDETACH",
    State.IDLE: "dfuIDLE",
    State.DNLOAD_SYNC: "dfuDNLOAD-SYNC",
    State.DNBUSY: "dfuDNBUSY",
    State.DNLOAD_IDLE: "dfuDNLOAD-IDLE",
    State.MANIFEST_SYNC: "dfuMANIFEST-SYNC",
    State.MANIFEST: "dfuMANIFEST",
    State.MANIFEST_WAIT_RESET: "dfuMANIFEST-WAIT-RESET",
    State.UPLOAD_IDLE: "dfuUPLOAD-IDLE",
    State.ERROR: "dfuERROR",
}


class Status(IntEnum):
    """bStatus."""

    OK = 0x00
    ERR_TARGET = 0x01
    ERR_FILE = 0x02
    ERR_WRITE = 0x03
    ERR_ERASE = 0x04
    ERR_CHECK_ERASED = 0x05
    ERR_PROG = 0x06
    ERR_VERIFY = 0x07
    ERR_ADDRESS = 0x08
    ERR_NOTDONE = 0x09
    ERR_FIRMWARE = 0x0A
    ERR_VENDOR = 0x0B
    ERR_USBR = 0x0C
    ERR_POR = 0x0D
    ERR_UNKNOWN = 0x0E
    ERR_STALLEDPKT = 0x0F

    def __str__(self) -> str:
        name, words = _STATUS_WORDS[self]
        return f"{name}: {words}"


_STATUS_WORDS = {
    Status.OK: ("OK", "no error"),
    Status.ERR_TARGET: ("errTARGET", "there is nothing of that kind at this address"),
    Status.ERR_FILE: ("errFILE", "the data is not for this device"),
    Status.ERR_WRITE: ("errWRITE", "memory could not be written"),
    Status.ERR_ERASE: ("errERASE", "memory could not be erased"),
    Status.ERR_CHECK_ERASED: ("errCHECK_ERASED", "memory was not blank after it was erased"),
    Status.ERR_PROG: ("errPROG", "memory could not be programmed"),
    Status.ERR_VERIFY: ("errVERIFY", "memory does not hold what was programmed"),
    Status.ERR_ADDRESS: ("errADDRESS", "the address is out of range"),
    Status.ERR_NOTDONE: ("errNOTDONE", "more data was expected"),
    Status.ERR_FIRMWARE: ("errFIRMWARE", "the device's firmware is corrupt"),
    Status.ERR_VENDOR: ("errVENDOR", "refused, as ST's bootloader does under read protection"),
    Status.ERR_USBR: ("errUSBR", "a USB reset came unexpectedly"),
    Status.ERR_POR: ("errPOR", "a power-on reset came unexpectedly"),
    Status.ERR_UNKNOWN: ("errUNKNOWN", "something went wrong that the device cannot name"),
    Status.ERR_STALLEDPKT: ("errSTALLEDPKT", "the device got a request that it did not expect"),
}

REPORT_BYTES = 6


class NoReport(ValueError):
    """Six bytes were expected, with a status and a state that DFU 1.1 has."""


@dataclass(frozen=True)
class Report:
    """The answer to GETSTATUS."""

    status: Status
    poll_s: float  # bwPollTimeout: not to be asked again before
    state: State

    @classmethod
    def parse(cls, answer: bytes) -> Report:
        """From the wire. Raises `NoReport`."""
        try:
            (status, *poll, state, _string) = answer[:REPORT_BYTES]
            poll_ms = int.from_bytes(poll, "little")
            if len(poll) == 3:
                return cls(Status(status), poll_ms / 1000, State(state))
        except ValueError as wrong:
            raise NoReport(answer.hex(" ")) from wrong
        raise NoReport(answer.hex(" "))

    @property
    def failed(self) -> bool:
        """Whether the device is in dfuERROR, or says an error."""
        return self.state is State.ERROR or self.status is not Status.OK
