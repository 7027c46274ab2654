"""A `UsbBus` that lives in another process, over a Unix socket; one JSON line each way."""

from __future__ import annotations

import dataclasses
import json
import socket
import threading
from typing import Any

from .usb import (
    ERROR_NO_DEVICE,
    Device,
    Endpoint,
    Interface,
    Setting,
    Setup,
    UsbFault,
)

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

    def choose(self, address: int, interface: int, setting: int) -> None:
        """Let an interface have this one of its settings."""
        self._call("choose", address, interface, setting)

    def control(self, address: int, setup: Setup, data: bytes, timeout_ms: int) -> bytes:
        """One control transfer; what came in."""
        stages = dataclasses.astuple(setup), data.hex()
        answer: str = self._call("control", address, *stages, timeout_ms)
        return bytes.fromhex(answer)

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


def facts_of(device: Device) -> dict[str, Any]:
    """A device as JSON takes it."""
    facts = dataclasses.asdict(device)
    for interface in facts["interfaces"]:
        for setting in interface["settings"]:
            setting["extra"] = setting["extra"].hex()
    return facts


def device_from(facts: dict[str, Any]) -> Device:
    """A device from its JSON."""
    interfaces = tuple(
        Interface(tuple(_setting_from(setting) for setting in item["settings"]))
        for item in facts["interfaces"]
    )
    return Device(**{**facts, "interfaces": interfaces})


def _setting_from(facts: dict[str, Any]) -> Setting:
    usb_class, subclass, protocol = facts["usb_class"]
    endpoints = tuple(Endpoint(**endpoint) for endpoint in facts["endpoints"])
    extra = bytes.fromhex(facts["extra"])
    return Setting(facts["name"], (usb_class, subclass, protocol), endpoints, extra)
