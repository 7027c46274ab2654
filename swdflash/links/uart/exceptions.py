"""pyserial's exceptions, and the system's, as errors of ours: the one table."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from serial import PortNotOpenError, SerialException, SerialTimeoutException

from swdflash.errors import SwdflashError
from swdflash.links.uart.errors import NoPort, PortBusy, PortDenied, PortLost, PortRefuses

TermiosError: type[Exception] = OSError  # Windows has no termios
if sys.platform != "win32":
    import termios

    TermiosError = termios.error

Translator = Callable[[Exception, str], SwdflashError]

MISSING = {errno.ENOENT, errno.ENXIO, errno.ENODEV}
TAKEN = {errno.EBUSY, errno.EAGAIN}  # EAGAIN: somebody else has the lock


def _number(error: Exception) -> int | None:
    if isinstance(error, OSError):
        return error.errno
    first = error.args[0] if error.args else None
    return first if isinstance(first, int) else None


def _opening(error: Exception, port: str) -> SwdflashError:
    """Of a port that was to be opened."""
    number = _number(error)
    if number in (errno.EACCES, errno.EPERM):
        return PortDenied(port, str(error))
    if number in TAKEN or (number is None and "exclusively lock" in str(error)):
        return PortBusy(port, str(error))
    if number == errno.EINVAL:
        return PortRefuses(port, str(error))
    return NoPort(port, str(error))


def _in_use(error: Exception, port: str) -> SwdflashError:
    """Of a port that was open."""
    if _number(error) == errno.EINVAL:
        return PortRefuses(port, str(error))
    return PortLost(str(error), port)


def _lost(error: Exception, port: str) -> SwdflashError:
    return PortLost(str(error), port)


def _refuses(error: Exception, port: str) -> SwdflashError:
    return PortRefuses(port, str(error))


# kind: while it is being opened, and once it is open
TABLE: dict[type[Exception], tuple[Translator, Translator]] = {
    SerialException: (_opening, _in_use),
    SerialTimeoutException: (_opening, _lost),
    PortNotOpenError: (_opening, _lost),
    OSError: (_opening, _in_use),
    TermiosError: (_opening, _in_use),  # termios.error is no OSError
    ValueError: (_refuses, _refuses),  # a URL or a rate that pyserial does not know
    NotImplementedError: (_refuses, _refuses),  # "non-standard baudrates are not supported …"
}
FOREIGN = tuple(TABLE)


def translate(error: Exception, port: str, *, opening: bool = False) -> SwdflashError:
    """Our error for one of pyserial's or the system's; `port` is its name for people."""
    kind = next(kind for kind in type(error).__mro__ if kind in TABLE)
    return TABLE[kind][0 if opening else 1](error, port)


@contextmanager
def translated(
    port: str, *, opening: bool = False, setting: bool = False
) -> Iterator[list[SwdflashError]]:
    """Foreign exceptions leave as ours.

    With `setting`, that a port does not know a setting raises nothing: it is put into the list.
    """
    refused: list[SwdflashError] = []
    try:
        yield refused
    except FOREIGN as error:
        ours = translate(error, port, opening=opening)
        if not (setting and isinstance(ours, PortRefuses)) and not (setting and _no_lines(error)):
            raise ours from error
        refused.append(ours)


def _no_lines(error: Exception) -> bool:
    """A pseudo terminal has no modem lines."""
    return _number(error) == errno.ENOTTY
