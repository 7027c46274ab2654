"""pyOCD's and pyusb's exceptions, as errors of ours: one table, used at the link's edge."""

from __future__ import annotations

import errno
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import usb.core
from pyocd.core import exceptions
from pyocd.probe.stlink.constants import Status

from swdflash.errors import SwdflashError
from swdflash.host.errors import NoUsbLibrary
from swdflash.links.errors import (
    BusWaits,
    EngineFailed,
    LinkLost,
    NoAnswer,
    NoPermission,
    ProbeBusy,
    ProbeFailed,
    Timeout,
    TransferFault,
)
from swdflash.links.interrupts import interrupts_wait

Translator = Callable[[Exception, str], SwdflashError]


def _lost(error: Exception, _probe: str) -> SwdflashError:
    return LinkLost(str(error))


def _no_answer(error: Exception, _probe: str) -> SwdflashError:
    return NoAnswer(str(error))


def _waits(error: Exception, _probe: str) -> SwdflashError:
    return BusWaits(str(error))


def _timeout(error: Exception, _probe: str) -> SwdflashError:
    return Timeout(str(error))


def _engine(error: Exception, _probe: str) -> SwdflashError:
    return EngineFailed("pyOCD", f"{type(error).__name__}: {error}")


def _no_usb(error: Exception, _probe: str) -> SwdflashError:
    return NoUsbLibrary(str(error))


def _fault(error: Exception, _probe: str) -> SwdflashError:
    address = error.fault_address if isinstance(error, exceptions.TransferFaultError) else None
    return TransferFault(address or 0, str(error))


# An ST-Link reports a target that is silent by these (numbers: pyOCD's probe/stlink/constants.py).
SILENT = {
    Status.JTAG_NO_DEVICE_CONNECTED,
    Status.JTAG_GET_IDCODE_ERROR,
    Status.JTAG_DBG_POWER_ERROR,
    Status.JTAG_INTERNAL_ERROR,
}


def _probe(error: Exception, probe: str) -> SwdflashError:
    status = re.match(r"STLink error \((\d+)\)", str(error))
    if status and int(status[1]) in SILENT:
        return NoAnswer(str(error))
    return ProbeFailed(probe, str(error))


def _os(error: Exception, probe: str) -> SwdflashError:
    number = error.errno if isinstance(error, OSError) else None
    if number in (errno.EACCES, errno.EPERM):
        return NoPermission(probe, str(error))
    if number == errno.EBUSY:
        return ProbeBusy(probe, str(error))
    return LinkLost(str(error))


TABLE: dict[type[Exception], Translator] = {
    usb.core.USBError: _os,
    usb.core.USBTimeoutError: _lost,
    usb.core.NoBackendError: _no_usb,
    OSError: _os,
    exceptions.ProbeDisconnected: _lost,
    exceptions.ProbeError: _probe,
    exceptions.TransferFaultError: _fault,
    exceptions.TransferTimeoutError: _waits,
    exceptions.TransferProtocolError: _no_answer,
    exceptions.TransferError: _no_answer,
    exceptions.CoreRegisterAccessError: _no_answer,
    exceptions.DebugError: _no_answer,
    exceptions.TargetError: _no_answer,
    exceptions.TimeoutError: _timeout,
    exceptions.InternalError: _engine,
    exceptions.TargetSupportError: _engine,
    exceptions.FlashFailure: _engine,
    exceptions.FlashEraseFailure: _engine,
    exceptions.FlashProgramFailure: _engine,
    exceptions.CommandError: _engine,
    exceptions.RTTError: _engine,
    exceptions.Error: _engine,
}
FOREIGN = (exceptions.Error, OSError, usb.core.NoBackendError)

# pyOCD wraps a cause in these, which say less than the cause does.
WRAPPERS = (exceptions.Error, exceptions.ProbeError)


@contextmanager
def translated(probe: str) -> Iterator[None]:
    """Foreign exceptions leave as ours; Ctrl-C waits for the end of the transaction."""
    with interrupts_wait():
        try:
            yield
        except FOREIGN as error:
            raise translate(error, probe) from error


def translate(error: Exception, probe: str) -> SwdflashError:
    """Our error for one of pyOCD's or pyusb's; `probe` is its name for people."""
    told = next((one for one in _causes(error) if type(one) not in WRAPPERS), None)
    if told is None:
        *_, told = _causes(error)
    kind = next((kind for kind in type(told).__mro__ if kind in TABLE), exceptions.Error)
    return TABLE[kind](told, probe)


def _causes(error: Exception) -> Iterator[Exception]:
    """The error and what it was raised from, as far as they are foreign ones."""
    link: BaseException | None = error
    while isinstance(link, FOREIGN):
        yield link
        link = link.__cause__
