"""An stlink-server with one probe: the TCP protocol of OpenOCD's `st-link backend tcp`."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from swdflash.sim.cables.plug import Plug

OK = struct.pack("<I", 1)
REFRESH, COUNT, INFO, OPEN, CLOSE, USB_COMMAND, VERSION = range(7)
LENGTHS = {REFRESH: 2, COUNT: 1, INFO: 8, OPEN: 8, CLOSE: 8, USB_COMMAND: 32, VERSION: 4}
WRITE = 0
NO_EVENT_MS = 1


class _Client(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        while opcode := self.rfile.read(1):
            request = opcode + self.rfile.read(LENGTHS[opcode[0]] - 1)
            self.wfile.write(self._answer(request))

    def _answer(self, request: bytes) -> bytes:
        plug = self.server.plug
        match request[0]:
            case 0 | 4:
                return OK
            case 1:
                return struct.pack("<I", 1)
            case 2:
                device = plug.device(1)
                return OK + struct.pack("<I32sHHB", 1, plug.uid.encode(), device.vid, device.pid, 0)
            case 3:
                return OK + struct.pack("<I", 1)
            case 6:
                return struct.pack("<4I", 3, 2, 1, 1)
        return self._usb_command(request)

    def _usb_command(self, request: bytes) -> bytes:
        plug, end = self.server.plug, self.server.plug.probe.model.out_endpoint
        size = int.from_bytes(request[28:32], "little")
        plug.transfer_out(end, request[8:24])
        if request[24] == WRITE:
            if size:
                plug.transfer_out(end, self.rfile.read(size))
            return OK
        answer = plug.transfer_in(0x81, size, NO_EVENT_MS) if size else b""
        return OK + (answer or b"").ljust(size, b"\0")


class _Server(socketserver.TCPServer):
    def __init__(self, plug: Plug) -> None:
        self.plug = plug
        super().__init__(("127.0.0.1", 0), _Client)


@contextmanager
def serve(plug: Plug) -> Iterator[int]:
    """The port at which the probe is served, until the context ends."""
    with _Server(plug) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()
