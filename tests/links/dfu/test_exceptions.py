from __future__ import annotations

import errno
import inspect

import pytest
import usb.backend.libusb1
import usb.core

from swdflash.errors import SwdflashError
from swdflash.host.errors import NoUsbLibrary
from swdflash.links.dfu.errors import (
    DfuBusy,
    DfuGarbled,
    DfuGone,
    DfuSilent,
    DfuStalled,
    TransferFailed,
)
from swdflash.links.dfu.exceptions import FOREIGN, TABLE, translate, translated
from swdflash.links.errors import NoPermission

FOREIGN_KINDS = [
    kind
    for _, kind in inspect.getmembers(usb.core, inspect.isclass)
    if issubclass(kind, Exception) and kind.__module__ == usb.core.__name__
]


@pytest.mark.parametrize("kind", FOREIGN_KINDS, ids=lambda kind: kind.__name__)
def test_no_foreign_exception_is_missing(kind: type[Exception]) -> None:
    assert kind in TABLE
    assert issubclass(kind, FOREIGN)
    assert isinstance(translate(kind("words of theirs"), "chip"), SwdflashError)


@pytest.mark.parametrize("code", usb.backend.libusb1._libusb_errno)
def test_every_error_of_libusb_is_one_of_ours(code: int) -> None:
    number = usb.backend.libusb1._libusb_errno[code]
    error = translate(usb.core.USBError("words of libusb", code, number), "the chip")
    words = error.explain()
    assert "the chip" in words.what + words.why
    assert "words of libusb" in words.why


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (usb.core.USBError("of USB", -3, errno.EACCES), NoPermission),
        (usb.core.USBError("of USB", -1, errno.EPERM), NoPermission),
        (usb.core.USBError("of USB", -6, errno.EBUSY), DfuBusy),
        (usb.core.USBError("of USB", -4, errno.ENODEV), DfuGone),
        (usb.core.USBError("of USB", -5, errno.ENOENT), DfuGone),
        (usb.core.USBError("of USB", -1, errno.EIO), DfuGarbled),
        (usb.core.USBError("of USB", -8, errno.EOVERFLOW), DfuGarbled),
        (usb.core.USBError("of USB"), DfuGarbled),
        (usb.core.USBError("of USB", -9, errno.EPIPE), DfuStalled),
        (usb.core.USBTimeoutError("slow", -7, errno.ETIMEDOUT), DfuSilent),
        (usb.core.NoBackendError("none"), NoUsbLibrary),
    ],
    ids=str,
)
def test_what_became_of_the_chip_is_told_apart(error: Exception, kind: type) -> None:
    assert type(translate(error, "chip")) is kind
    with pytest.raises(kind), translated("chip"):
        raise error


def test_only_a_chip_that_is_gone_is_not_asked_again() -> None:
    kinds = [DfuGone, DfuGarbled, DfuSilent, DfuStalled]
    assert [kind("").passing for kind in kinds] == [False, True, True, True]
    assert all(issubclass(kind, TransferFailed) for kind in kinds)
