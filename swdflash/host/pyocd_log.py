"""pyOCD's log lines, told as ours: logger "swdflash.pyocd", level DEBUG, never printed."""

from __future__ import annotations

import logging

OURS = logging.getLogger("swdflash.pyocd")


class Forward(logging.Handler):
    """Hands each record on to our logger, with pyOCD's own level in front."""

    def emit(self, record: logging.LogRecord) -> None:
        """What pyOCD calls a warning or an error is a detail here: ours are exceptions."""
        OURS.debug("%s %s: %s", record.levelname, record.name, record.getMessage())


def quiet() -> None:
    """Route pyOCD's log. May be called again: the level follows that of our logger."""
    theirs = logging.getLogger("pyocd")
    theirs.propagate = False
    if not any(isinstance(handler, Forward) for handler in theirs.handlers):
        theirs.addHandler(Forward())
    theirs.setLevel(logging.DEBUG if OURS.isEnabledFor(logging.DEBUG) else logging.CRITICAL + 1)
