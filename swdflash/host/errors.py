"""What can be wrong with this machine."""

from __future__ import annotations

from dataclasses import dataclass

from swdflash.errors import Exit, SwdflashError


@dataclass(eq=False)
class NoUsbLibrary(SwdflashError):
    """pyusb finds no libusb, so that no probe can be seen."""

    code = "no-usb-library"
    exit = Exit.NO_PROBE
    what = "USB cannot be used"
    why = "no libusb-1.0 was found on this machine ({detail})"
    next = ("apt-get install libusb-1.0-0", "pip install libusb-package")

    detail: str
