"""Puts a virtual adapter within pyserial's reach in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import serial

from swdflash.sim.cables.serial_adapter import SerialAdapter
from swdflash.sim.cables.serialport.protocol_simserial import SCHEME, Serial

PACKAGE = __package__


@contextmanager
def plugged_serial(name: str, adapter: SerialAdapter) -> Iterator[str]:
    """The adapter under a URL that `serial.serial_for_url` takes, until the context ends."""
    if PACKAGE not in serial.protocol_handler_packages:
        serial.protocol_handler_packages.append(PACKAGE)
    Serial.plugged[name] = adapter
    try:
        yield f"{SCHEME}://{name}"
    finally:
        del Serial.plugged[name]
