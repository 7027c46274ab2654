"""pyusb's exceptions, as errors of ours: one table, used where transfers are made."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import usb.core

from swdflash.errors import SwdflashError
from swdflash.host.errors import NoUsbLibrary
from swdflash.links.dfu.errors import DfuBusy, DfuGarbled, DfuGone, DfuSilent, DfuStalled
from swdflash.links.errors import NoPermission
from swdflash.links.interrupts import interrupts_wait

Translator = Callable[[Exception, str], SwdflashError]


def _no_usb(error: Exception, _device: str) -> SwdflashError:
    return NoUsbLibrary(str(error))


def _silent(error: Exception, device: str) -> SwdflashError:
    return DfuSilent(f"{device}: {error}")


def _denied(error: Exception, device: str) -> SwdflashError:
    return NoPermission(device, str(error))


def _busy(error: Exception, device: str) -> SwdflashError:
    return DfuBusy(device, str(error))


def _gone(error: Exception, device: str) -> SwdflashError:
    return DfuGone(f"{device}: {error}")


def _stalled(error: Exception, device: str) -> SwdflashError:
    return DfuStalled(f"{device}: {error}")


def _garbled(error: Exception, device: str) -> SwdflashError:
    return DfuGarbled(f"{device}: {error}")


# errno, as pyusb's libusb backend sets it (usb/backend/libusb1.py, _libusb_errno)
BY_ERRNO: dict[int, Translator] = {
    errno.EACCES: _denied,
    errno.EPERM: _denied,
    errno.EBUSY: _busy,
    errno.ENODEV: _gone,
    errno.ENOENT: _gone,  # LIBUSB_ERROR_NOT_FOUND: after a reset, it came back as another device
    errno.ESHUTDOWN: _gone,
    errno.ETIMEDOUT: _silent,
    errno.EPIPE: _stalled,
}


def _by_errno(error: Exception, device: str) -> SwdflashError:
    number = error.errno if isinstance(error, OSError) else None
    return BY_ERRNO.get(number or 0, _garbled)(error, device)


TABLE: dict[type[Exception], Translator] = {
    usb.core.USBError: _by_errno,
    usb.core.USBTimeoutError: _silent,
    usb.core.NoBackendError: _no_usb,
}
FOREIGN = tuple(TABLE)


@contextmanager
def translated(device: str) -> Iterator[None]:
    """What pyusb raises leaves as ours; Ctrl-C waits for the end of the transfer."""
    with interrupts_wait():
        try:
            yield
        except FOREIGN as error:
            raise translate(error, device) from error


def translate(error: Exception, device: str) -> SwdflashError:
    """Our error for one of pyusb's; `device` is its name for people."""
    kind = next(kind for kind in type(error).__mro__ if kind in TABLE)
    return TABLE[kind](error, device)
