"""What is plugged into this machine. pyOCD is loaded when it is asked for: it takes its time."""

from __future__ import annotations

from collections.abc import Mapping

from swdflash.host.found import Attached, Firmware


def find_attached() -> Attached:
    """Probes, serial ports and chips in DFU mode, those that may not be opened included."""
    from swdflash.host import attached  # noqa: PLC0415

    return attached.find_attached()


def probe_firmware() -> Mapping[str, Firmware]:
    """The firmware of every ST-Link that can be opened, by serial number."""
    from swdflash.host import firmware  # noqa: PLC0415

    return firmware.st_link_firmware()


def await_change(since: Attached) -> Attached:
    """What is plugged in once it is something else than `since`."""
    from swdflash.host import attached  # noqa: PLC0415

    return attached.await_change(since)
