"""A `UsbBus` that lives in another process, over a Unix socket; one JSON line each way."""

from __future__ import annotations

import json
import socket
import threading
from typing import Any

from .usb import ERROR_NO_DEVICE, Device, Endpoint, Interface, UsbFault

SOCKET_VARIABLE = "SWDFLASH_SIM_SOCKET"


class RemoteBus:
    """The caller's end. Threads take turns. A peer that is gone is a device that is gone."""

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(path)
        self._lines = self._socket.makefile("rb")
        self._lock = threading.Lock()

    def devices(self) -> list[Device]:
        """What is plugged in."""
        return [device_from(facts) for facts in self._call("devices")]

    def open(self, address: int) -> None:
        """Raises `UsbFault` where the device is gone or not permitted."""
        self._call("open", address)

    def close(self, address: int) -> None:
        """Give the device back."""
        self._call("close", address)

    def claim(self, address: int, interface: int) -> None:
        """Take an interface; raises `UsbFault` where another program has it."""
        self._call("claim", address, interface)

    def release(self, address: int, interface: int) -> None:
        """Give an interface back."""
        self._call("release", address, interface)

    def bulk_out(self, address: int, endpoint: int, data: bytes) -> None:
        """One transfer to the device."""
        self._call("bulk_out", address, endpoint, data.hex())

    def bulk_in(self, address: int, endpoint: int, size: int, timeout_ms: int) -> bytes:
        """One transfer from the device."""
        return bytes.fromhex(self._call("bulk_in", address, endpoint, size, timeout_ms))

    def now(self) -> float:
        """The virtual time in seconds."""
        return float(self._call("now"))

    def wait_until(self, then: float) -> None:
        """Let virtual time pass, if it has not yet."""
        self._call("wait_until", then)

    def _call(self, verb: str, *arguments: Any) -> Any:
        request = json.dumps([verb, *arguments]).encode() + b"\n"
        try:
            with self._lock:
                self._socket.sendall(request)
                line = self._lines.readline()
        except OSError:
            line = b""
        if not line:
            raise UsbFault(ERROR_NO_DEVICE)
        answer = json.loads(line)
        if "fault" in answer:
            raise UsbFault(answer["fault"])
        return answer["result"]


def device_from(facts: dict[str, Any]) -> Device:
    """A device from its JSON."""
    interfaces = tuple(
        Interface(
            item["name"],
            item["usb_class"],
            tuple(Endpoint(**endpoint) for endpoint in item["endpoints"]),
        )
        for item in facts["interfaces"]
    )
    return Device(**{**facts, "interfaces": interfaces})
