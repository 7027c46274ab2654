"""Whose time it is that a link measures, and waits by."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """A clock and its sleep. The factory chooses; no link looks at `time` beside it."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    simulated: bool = False  # for display only
