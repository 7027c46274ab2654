"""The DFU interface of a device on USB, through pyusb."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import usb.core
import usb.util

from swdflash.errors import SwdflashError
from swdflash.links.dfu.errors import DfuGarbled
from swdflash.links.dfu.exceptions import translated
from swdflash.links.dfu.requests import Request

TIMEOUT_MS = 5000  # of one transfer; a ROM that erases leaves the host without an answer
TO_DEVICE = 0x21  # bmRequestType: class request to an interface (DFU 1.1 §3)
FROM_DEVICE = 0xA1


class UsbEndpoint:
    """Requests to one interface, which is claimed as long as this is open."""

    def __init__(self, device: Any, interface: int, name: str) -> None:
        """Claims the interface. Raises `NoPermission`, `DfuBusy` and `TransferFailed` kinds."""
        self._device = device
        self._interface = interface
        self._name = name
        try:
            with translated(name):
                self._configure()
                usb.util.claim_interface(device, interface)
        except SwdflashError:
            self.close()
            raise

    def send(self, request: Request, value: int, data: bytes = b"") -> None:
        """To the device."""
        with translated(self._name):
            sent = self._device.ctrl_transfer(
                TO_DEVICE, request, value, self._interface, data, timeout=TIMEOUT_MS
            )
        if sent != len(data):
            raise DfuGarbled(f"{self._name} took {sent} of {len(data)} bytes")

    def receive(self, request: Request, value: int, size: int) -> bytes:
        """From the device."""
        with translated(self._name):
            answer = self._device.ctrl_transfer(
                FROM_DEVICE, request, value, self._interface, size, timeout=TIMEOUT_MS
            )
        return bytes(answer)

    def select(self, alternate: int) -> None:
        """SET_INTERFACE."""
        with translated(self._name):
            self._device.set_interface_altsetting(self._interface, alternate)

    def reset(self) -> None:
        """Reset the port; libusb claims the interface anew."""
        with translated(self._name):
            self._device.reset()

    def close(self) -> None:
        """Release the interface, close the device."""
        with suppress(SwdflashError), translated(self._name):
            usb.util.dispose_resources(self._device)

    def _configure(self) -> None:
        """A device that the system has not configured is configured now."""
        try:
            self._device.get_active_configuration()
        except usb.core.USBError as error:
            if error.errno is not None:
                raise
            self._device.set_configuration()  # pyusb: "Configuration not set"
