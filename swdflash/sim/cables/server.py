"""Serves a `UsbBus` over a Unix socket to programs in other processes."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from swdflash.sim.cables.hostside.remote import facts_of
from swdflash.sim.cables.hostside.usb import Setup, UsbBus, UsbFault


class BusServer:
    """A bus within reach of other processes, from enter to exit."""

    def __init__(self, bus: UsbBus, path: Path) -> None:
        self._server = _Server(bus, path)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    def __enter__(self) -> BusServer:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def __init__(self, bus: UsbBus, path: Path) -> None:
        self.bus = bus
        super().__init__(str(path), _Client)


class _Client(socketserver.StreamRequestHandler):
    """One connection; what it has claimed is free again when it ends."""

    server: _Server

    def handle(self) -> None:
        claimed: set[tuple[int, ...]] = set()
        verbs = verbs_of(self.server.bus)
        try:
            for line in self.rfile:
                verb, *arguments = json.loads(line)
                try:
                    answer = {"result": verbs[verb](*arguments)}
                except UsbFault as fault:
                    answer = {"fault": fault.code}
                else:
                    if verb == "claim":
                        claimed.add(tuple(arguments))
                    elif verb == "release":
                        claimed.discard(tuple(arguments))
                self.wfile.write(json.dumps(answer).encode() + b"\n")
        except ConnectionError:
            pass
        finally:
            for address, interface in claimed:
                self.server.bus.release(address, interface)


def verbs_of(bus: UsbBus) -> dict[str, Callable[..., Any]]:
    """What a peer may call, in terms of JSON."""
    return {
        "devices": lambda: [facts_of(device) for device in bus.devices()],
        "open": bus.open,
        "close": bus.close,
        "claim": bus.claim,
        "release": bus.release,
        "bulk_out": lambda address, end, data: bus.bulk_out(address, end, bytes.fromhex(data)),
        "bulk_in": lambda *arguments: bus.bulk_in(*arguments).hex(),
        "choose": bus.choose,
        "control": lambda address, setup, data, timeout_ms: bus.control(
            address, Setup(*setup), bytes.fromhex(data), timeout_ms
        ).hex(),
        "now": bus.now,
        "wait_until": bus.wait_until,
    }
