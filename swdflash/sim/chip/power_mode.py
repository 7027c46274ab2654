"""What a chip can be in besides running."""

from __future__ import annotations

from enum import StrEnum


class PowerMode(StrEnum):
    """Run, or one of the low-power modes (RM0008 §5.3, RM0090 §5.3, RM0091 §6.3)."""

    OFF = "off"
    RUN = "run"
    SLEEP = "sleep"
    STOP = "stop"
    STANDBY = "standby"
