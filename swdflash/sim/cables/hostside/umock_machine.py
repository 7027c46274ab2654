"""A mocked machine whose USB is the virtual bus: runs a program on it, or says how to join it.

For programs that are not Python's. It lives in a process of its own, in the system's Python, which
has umockdev's bindings (Debian: umockdev, gir1.2-umockdev-1.0, python3-gi).
Started under `umockdev-wrapper`, without which devices cannot come and go while a program watches.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import gi  # type: ignore[import-not-found]

from . import umock_sysfs as sysfs
from .pace import Pace
from .remote import RemoteBus
from .umock_node import Node
from .usb import Device, UsbFault

gi.require_version("UMockdev", "1.0")
from gi.repository import UMockdev  # type: ignore[import-not-found]  # noqa: E402

LOOK_S = 0.05
PRELOAD = "libumockdev-preload.so.0"


class Machine:
    """Keeps what sysfs shows the same as what is on the bus, by a thread of its own."""

    def __init__(self, socket: str) -> None:
        self._bus, self._watching = RemoteBus(socket), RemoteBus(socket)
        self._pace = Pace(self._bus)
        self._bed = UMockdev.Testbed.new()
        self._shown: dict[int, tuple[Device, str, Any]] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        for folder in ("bus/usb/devices", "class/tty", "class/hidraw"):
            (Path(self._bed.get_sys_dir()) / folder).mkdir(parents=True, exist_ok=True)

    @property
    def environment(self) -> dict[str, str]:
        """What makes a program live on it."""
        return {"LD_PRELOAD": PRELOAD, "UMOCKDEV_DIR": str(self._bed.get_root_dir())}

    def start(self) -> None:
        """What is plugged in now is there when this returns."""
        self._look()
        self._thread.start()

    def stop(self) -> None:
        """Pull everything out."""
        self._over.set()
        self._thread.join()
        for address in list(self._shown):
            self._hide(address)

    def _watch(self) -> None:
        while not self._over.wait(LOOK_S):
            try:
                self._pace.live()
                self._look()
            except UsbFault:  # the board is gone, and everything with it
                return

    def _look(self) -> None:
        there = {device.address: device for device in self._watching.devices()}
        for address in self._shown.keys() - there.keys():
            self._hide(address)
        for address in there.keys() - self._shown.keys():
            self._show(there[address])

    def _show(self, device: Device) -> None:
        node = Node(self._bus, device, self._pace)
        self._bed.attach_ioctl(f"/dev/{sysfs.node_of(device)}", node)
        self._shown[device.address] = (device, sysfs.add(self._bed, device), node)

    def _hide(self, address: int) -> None:
        device, path, _node = self._shown.pop(address)
        sysfs.remove(self._bed, device, path)
        self._bed.detach_ioctl(f"/dev/{sysfs.node_of(device)}")


def main(socket: str, program: list[str]) -> int:
    """Run `program` on the machine; without one, say its environment and wait for stdin's end."""
    machine = Machine(socket)
    machine.start()
    try:
        if program:
            return _run(program, {**os.environ, **machine.environment})
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        sys.stdout.write(json.dumps(machine.environment) + "\n")
        sys.stdout.flush()
        sys.stdin.read()
        return 0
    finally:
        machine.stop()


def _run(program: list[str], environment: dict[str, str]) -> int:
    """Ctrl-C reaches the program itself; this process waits for what it does about it."""
    process = subprocess.Popen(program, env=environment)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    code = process.wait()
    return code if code >= 0 else 128 - code
