"""OpenOCD's TCL port: a script goes out, its result comes back, each ended by 0x1A.

OpenOCD's manual, "Tcl Scripting API" (20.3 TCL RPC server). The port tells no return code and no
log, so every script is wrapped: `catch` tells the one, `capture` the other, and a nonce that this
is the answer to that.
"""

from __future__ import annotations

import secrets
import selectors
import socket
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from swdflash.links.openocd.errors import OpenocdGone
from swdflash.links.openocd.process import OpenocdProcess
from swdflash.links.openocd.tcl import parse_list

END = b"\x1a"
LINE_LIMIT = 4 * 1024 * 1024  # OpenOCD's tcl_server.c, TCL_LINE_MAX
REPLY_LIMIT = 4 * LINE_LIMIT
FAILED = -4  # ERROR_FAIL, src/helper/log.h
SHOWN = 80  # characters of a script that a message shows


@dataclass(frozen=True)
class Reply:
    """What a script came to: 0 or OpenOCD's error code, its result, and what was logged."""

    code: int
    result: str
    log: str

    @property
    def text(self) -> str:
        """Everything that was said."""
        return f"{self.log}\n{self.result}"


class Rpc:
    """One connection. After `OpenocdGone` it is of no more use, and a process of ours is ended."""

    def __init__(self, connection: socket.socket, process: OpenocdProcess | None = None) -> None:
        self._socket = connection
        self._process = process
        self._received = b""
        self._gone: OpenocdGone | None = None
        connection.setblocking(False)

    def call(self, script: str, timeout_s: float) -> Reply:
        """Run a script; raises `OpenocdGone` where no answer to it comes within `timeout_s`.

        ValueError for a script that is longer than OpenOCD takes.
        """
        if self._gone is not None:
            raise OpenocdGone(self._gone.happened, self._gone.detail)
        nonce = secrets.token_hex(8)
        wrapped = (
            f"set swdflash_log [capture {{set swdflash_code [catch {{{script}}} swdflash_result];"
            f" list}}]; list {nonce} $swdflash_code $swdflash_result $swdflash_log"
        )
        request = wrapped.encode(errors="surrogateescape") + END
        if len(request) > LINE_LIMIT:
            raise ValueError(f"a script of {len(request)} bytes is too long for OpenOCD")
        if self._process is not None:
            self._process.forget()
        return self._understand(self._exchange(request, script, timeout_s), nonce, script)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _understand(self, answer: bytes, nonce: str, script: str) -> Reply:
        text = answer.decode(errors="surrogateescape")
        if not text:
            # A driver's status leaked past `catch` (0.12's Bus Pirate does that): it failed.
            return Reply(FAILED, "", self._process.log() if self._process else "")
        try:
            found, code, result, log = parse_list(text)
            if found == nonce:
                return Reply(int(code), result, log)
        except ValueError:
            pass
        detail = f"to `{script[:SHOWN]}`: {text[:SHOWN]}"
        raise self._given_up("gave an answer to something else", detail)

    def _exchange(self, request: bytes, script: str, timeout_s: float) -> bytes:
        """Send, and receive, and read what the process says meanwhile, all as it comes."""
        deadline = time.monotonic() + timeout_s
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_READ | selectors.EVENT_WRITE)
            if self._process is not None:
                selector.register(self._process, selectors.EVENT_READ)
            while END not in self._received:
                left = deadline - time.monotonic()
                if left <= 0:
                    detail = f"`{script[:SHOWN]}` is without an answer for {timeout_s:g} s"
                    raise self._given_up("does not answer", detail)
                for key, events in selector.select(left):
                    if key.fileobj is self._process:
                        self._listen(selector)
                        continue
                    if events & selectors.EVENT_WRITE:
                        request = self._send(request)
                        if not request:
                            selector.modify(self._socket, selectors.EVENT_READ)
                    if events & selectors.EVENT_READ:
                        self._receive()
        answer, _, self._received = self._received.partition(END)
        return answer

    def _listen(self, selector: selectors.BaseSelector) -> None:
        assert self._process is not None
        if not self._process.drain():
            selector.unregister(self._process)

    def _send(self, request: bytes) -> bytes:
        """Send as much as goes; what is left."""
        try:
            return request[self._socket.send(request) :]
        except BlockingIOError:
            return request
        except OSError as error:
            raise self._given_up("has gone", str(error)) from error

    def _receive(self) -> None:
        try:
            data = self._socket.recv(1 << 20)
        except BlockingIOError:
            return
        except OSError as error:
            raise self._given_up("has gone", str(error)) from error
        if not data:
            raise self._given_up("has gone", "it closed the connection")
        self._received += data
        if len(self._received) > REPLY_LIMIT:
            raise self._given_up("does not end its answer", f"{REPLY_LIMIT} bytes came")

    def _given_up(self, happened: str, detail: str) -> OpenocdGone:
        self._socket.close()
        if self._process is not None:
            if self._process.ended():
                detail = self._process.last_words()
            self._process.kill()
        self._gone = OpenocdGone(happened, detail)
        return self._gone
