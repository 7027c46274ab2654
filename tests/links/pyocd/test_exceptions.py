from __future__ import annotations

import errno
import inspect
from types import ModuleType

import pytest
import usb.core
from pyocd.core import exceptions

from swdflash.errors import SwdflashError
from swdflash.host.errors import NoUsbLibrary
from swdflash.links.errors import (
    LinkLost,
    NoAnswer,
    NoPermission,
    ProbeBusy,
    ProbeFailed,
    TransferFault,
)
from swdflash.links.pyocd.exceptions import FOREIGN, TABLE, translate


def exception_classes(module: ModuleType) -> list[type[Exception]]:
    return [
        kind
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, Exception) and kind.__module__ == module.__name__
    ]


@pytest.mark.parametrize(
    "kind",
    exception_classes(exceptions) + exception_classes(usb.core),
    ids=lambda kind: kind.__name__,
)
def test_no_foreign_exception_is_missing(kind: type[Exception]) -> None:
    assert kind in TABLE
    assert issubclass(kind, FOREIGN)
    assert isinstance(translate(kind("words of theirs"), "probe"), SwdflashError)


def caused(outer: Exception, *inner: Exception) -> Exception:
    """`outer`, raised from the first of `inner`, raised from the next ..."""
    chain = [outer, *inner]
    for error, cause in zip(chain, inner, strict=False):
        error.__cause__ = cause
    return outer


def usb_error(number: int) -> usb.core.USBError:
    return usb.core.USBError("of USB", -1, number)


NOT_DETECTED = "Target not detected. Check connection to target."


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (usb_error(errno.EACCES), NoPermission),
        (usb_error(errno.EBUSY), ProbeBusy),
        (usb_error(errno.ENODEV), LinkLost),
        (usb_error(errno.EIO), LinkLost),
        (usb_error(errno.EPIPE), LinkLost),
        (PermissionError(errno.EPERM, "no"), NoPermission),
        (usb.core.USBTimeoutError("slow", -7, errno.ETIMEDOUT), LinkLost),
        (usb.core.NoBackendError("none"), NoUsbLibrary),
        (caused(exceptions.ProbeError("USB Error"), usb_error(errno.ENODEV)), LinkLost),
        (
            caused(
                exceptions.Error(NOT_DETECTED),
                exceptions.ProbeError("USB Error"),
                usb_error(errno.ENODEV),
            ),
            LinkLost,
        ),
        (caused(exceptions.Error(NOT_DETECTED), exceptions.TransferError("DP error")), NoAnswer),
        (
            caused(
                exceptions.Error(NOT_DETECTED),
                exceptions.ProbeError("STLink error (9): Get IDCODE error"),
            ),
            NoAnswer,
        ),
        (exceptions.ProbeError("STLink error (66): Unknown command"), ProbeFailed),
        (exceptions.ProbeError("firmware too old"), ProbeFailed),
    ],
    ids=str,
)
def test_what_became_of_the_probe_and_of_the_target_is_told_apart(
    error: Exception, kind: type[SwdflashError]
) -> None:
    assert type(translate(error, "ST-Link 1")) is kind


def test_a_fault_keeps_its_address() -> None:
    error = translate(exceptions.TransferFaultError("read", fault_address=0x4000_0000), "probe")
    assert isinstance(error, TransferFault)
    assert error.address == 0x4000_0000
