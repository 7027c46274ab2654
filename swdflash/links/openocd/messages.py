"""What OpenOCD says when something fails, as errors of ours: one table.

Measured with OpenOCD 0.12.0; the wording has been the same since 0.11. Its return code tells
little (most failures are -4), and the log of the failed command what happened.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from swdflash.errors import SwdflashError
from swdflash.links.errors import (
    LinkLost,
    NoAnswer,
    NoPermission,
    NoProbe,
    NoTargetVoltage,
    ProbeBusy,
)

NO_POWER_V = 1.0  # the lowest supply of any STM32 is 1.65 V; below this there is none
_VOLTS = re.compile(r"(?:Target voltage: |VTarget = )([0-9.]+)")

Make = Callable[[str, str], SwdflashError]  # from the line that told, and the probe's name


def _permission(line: str, probe: str) -> SwdflashError:
    return NoPermission(probe, line)


def _busy(line: str, probe: str) -> SwdflashError:
    return ProbeBusy(probe, line)


def _no_probe(line: str, probe: str) -> SwdflashError:
    return NoProbe(looked_for=probe, seen=f"OpenOCD says: {line}")


def _lost(line: str, _probe: str) -> SwdflashError:
    return LinkLost(line)


def _silent(line: str, _probe: str) -> SwdflashError:
    return NoAnswer(line)


# The first row that matches a line decides; what is more telling comes first.
TABLE: tuple[tuple[str, Make], ...] = (
    (r"LIBUSB_ERROR_ACCESS|Access denied|insufficient permissions|Permission denied", _permission),
    (r"LIBUSB_ERROR_BUSY|Resource busy|Device or resource busy|is already used", _busy),
    (r"failed to (?:receive|send) USB CMD|TCP error status", _lost),
    (r"cannot connect to stlink server|no ST-LINK detected|ST-LINK open failed", _no_probe),
    (r"unable to find a matching CMSIS-DAP device|No J-Link device found", _no_probe),
    (r"Could not open serial port|unable to open ftdi device|No adapter found", _no_probe),
    (r"init mode failed|Error connecting DP|JTAG scan chain interrogation failed", _silent),
    (r"Invalid ACK|Could not initialize the debug port|Could not find MEM-AP", _silent),
    (r"Debug AP not available|Target not examined|Fail reading CTRL/STAT", _silent),
    (r"\bopen failed", _no_probe),
    (r"LIBUSB_ERROR_(?:NO_DEVICE|IO|PIPE|NOT_FOUND|TIMEOUT)|CMSIS-DAP command .*failed", _lost),
)
_ROWS = tuple((re.compile(pattern), make) for pattern, make in TABLE)


def translate(text: str, probe: str) -> SwdflashError | None:
    """Our error for what OpenOCD said when a command failed; None where nothing is known."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for pattern, make in _ROWS:
        told = next((line for line in lines if pattern.search(line)), None)
        if told is not None:
            return _with_supply(make(told.removeprefix("Error: "), probe), text)
    return None


def _with_supply(error: SwdflashError, text: str) -> SwdflashError:
    """`NoTargetVoltage` where a chip's silence has so simple a reason."""
    volts = supply(text)
    if isinstance(error, NoAnswer) and volts is not None and volts < NO_POWER_V:
        return NoTargetVoltage(volts)
    return error


def supply(text: str) -> float | None:
    """Volts that a probe measured last, as far as the log tells."""
    found = _VOLTS.findall(text)
    return float(found[-1]) if found else None


def complaint(text: str) -> str:
    """The line that says most, for an error that has no row in the table."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return "; ".join(dict.fromkeys(lines[-3:])) or "it failed without a word"
