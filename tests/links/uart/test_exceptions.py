from __future__ import annotations

import errno
import inspect
import sys
from collections.abc import Callable
from types import ModuleType

import pytest
import serial
from serial import serialutil

from swdflash.errors import Exit, SwdflashError
from swdflash.links.uart.errors import NoPort, PortBusy, PortDenied, PortLost, PortRefuses
from swdflash.links.uart.exceptions import FOREIGN, TABLE, translate, translated

if sys.platform != "win32":
    import termios


def exception_classes(module: ModuleType) -> list[type[Exception]]:
    return [
        kind
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, Exception) and kind.__module__ == module.__name__
    ]


@pytest.mark.parametrize(
    "kind", [*exception_classes(serialutil), termios.error, OSError], ids=lambda kind: kind.__name__
)
@pytest.mark.parametrize("opening", [True, False])
def test_no_foreign_exception_is_missing(kind: type[Exception], opening: bool) -> None:
    assert kind in TABLE
    assert issubclass(kind, FOREIGN)
    error = kind() if kind is serialutil.PortNotOpenError else kind("words of theirs")
    assert isinstance(translate(error, "/dev/ttyX", opening=opening), SwdflashError)


def of_pyserial(number: int) -> Exception:
    text = f"could not open port /dev/ttyX: [Errno {number}]"
    error: Exception = serial.SerialException(number, text)
    return error


@pytest.mark.parametrize(
    ("error", "kind", "exit_code"),
    [
        (of_pyserial(errno.ENOENT), NoPort, Exit.NO_PROBE),
        (of_pyserial(errno.ENODEV), NoPort, Exit.NO_PROBE),
        (of_pyserial(errno.EACCES), PortDenied, Exit.PERMISSION),
        (of_pyserial(errno.EPERM), PortDenied, Exit.PERMISSION),
        (of_pyserial(errno.EBUSY), PortBusy, Exit.NO_PROBE),
        (of_pyserial(errno.EAGAIN), PortBusy, Exit.NO_PROBE),
        (serial.SerialException("Could not configure port: (5, 'I/O')"), NoPort, Exit.NO_PROBE),
        (
            serial.SerialException("Could not open port socket://x:1: refused"),
            NoPort,
            Exit.NO_PROBE,
        ),
        (termios.error(errno.EINVAL, "Invalid argument"), PortRefuses, Exit.USAGE),
        (ValueError("invalid URL, protocol 'x' not known"), PortRefuses, Exit.USAGE),
    ],
    ids=str,
)
def test_what_comes_while_a_port_is_opened(
    error: Exception, kind: type[SwdflashError], exit_code: Exit
) -> None:
    ours = translate(error, "/dev/ttyX", opening=True)
    assert type(ours) is kind
    assert ours.exit is exit_code


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (serial.SerialException("device reports readiness to read but returned no data"), PortLost),
        (serial.SerialException("write failed: [Errno 5] Input/output error"), PortLost),
        (serial.SerialTimeoutException("Write timeout"), PortLost),
        (serialutil.PortNotOpenError(), PortLost),
        (OSError(errno.EIO, "Input/output error"), PortLost),
        (OSError(errno.ENXIO, "No such device"), PortLost),
        (termios.error(errno.EIO, "Input/output error"), PortLost),
        (termios.error(errno.EINVAL, "Invalid argument"), PortRefuses),
    ],
    ids=str,
)
def test_what_comes_while_a_port_is_used(error: Exception, kind: type[SwdflashError]) -> None:
    ours = translate(error, "/dev/ttyX")
    assert type(ours) is kind
    assert kind is PortRefuses or ours.exit is Exit.LINK_LOST


def raising(error: Exception) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


def test_a_setting_that_is_refused_is_no_error_where_that_is_expected() -> None:
    """A pseudo terminal has no modem lines, and no parity to set up anew."""
    for error in (OSError(errno.ENOTTY, "no ioctl"), termios.error(errno.EINVAL, "invalid")):
        with translated("/dev/ttyX", setting=True) as refused:
            raising(error)()
        assert refused
    with (
        pytest.raises(PortLost),
        translated("/dev/ttyX", setting=True),
    ):
        raising(OSError(errno.EIO, "gone"))()
