"""A running OpenOCD to give commands to: ours, or one that was joined."""

from __future__ import annotations

import logging
import shlex
import socket
from collections.abc import Sequence
from contextlib import suppress

from swdflash.links.errors import EngineFailed
from swdflash.links.interrupts import interrupts_wait
from swdflash.links.openocd.errors import OpenocdGone, OpenocdNotStarted, OpenocdNotThere
from swdflash.links.openocd.messages import complaint, translate
from swdflash.links.openocd.process import OpenocdProcess
from swdflash.links.openocd.rpc import Reply, Rpc
from swdflash.links.openocd.tcl import command

LOG = logging.getLogger(__name__)
PATIENCE_S = 10.0
CONNECT_S = 5.0

# OpenOCD 0.11 has `mem2array` and `array2mem` where 0.12 has these two.
PRELUDE = """
if {![llength [info commands read_memory]]} {
  proc read_memory {address width count} {
    mem2array words $width $address $count
    set list {}
    for {set i 0} {$i < $count} {incr i} { lappend list $words($i) }
    return $list
  }
}
if {![llength [info commands write_memory]]} {
  proc write_memory {address width data} {
    set i 0
    foreach word $data { set words($i) $word; incr i }
    array2mem words $width $address $i
  }
}
"""


class Console:
    """Commands in, results out; failures are errors of ours. `probe` is a name for people."""

    def __init__(self, rpc: Rpc, process: OpenocdProcess | None, probe: str) -> None:
        self._rpc = rpc
        self._process = process
        self.probe = probe
        self.lost = False

    @classmethod
    def start(cls, program: str, arguments: Sequence[str], probe: str) -> Console:
        """Start OpenOCD. Raises `OpenocdMissing`, `OpenocdNotStarted`, or what keeps it."""
        LOG.info("%s", shlex.join([program, *arguments]))
        with interrupts_wait():
            try:
                process = OpenocdProcess(program, arguments)
            except OpenocdNotStarted as error:
                raise translate(error.detail, probe) or error from error
            try:
                connection = socket.create_connection(("127.0.0.1", process.port), CONNECT_S)
            except BaseException as error:
                process.kill()
                if isinstance(error, OSError):
                    raise OpenocdNotStarted(process.last_words()) from error
                raise
        return cls(Rpc(connection, process), process, probe)

    @classmethod
    def join(cls, host: str, port: int) -> Console:
        """Join one that runs. Raises `OpenocdNotThere`."""
        address = f"{host}:{port}"
        try:
            connection = socket.create_connection((host, port), CONNECT_S)
        except OSError as error:
            raise OpenocdNotThere(address, error.strerror or str(error)) from error
        console = cls(Rpc(connection), None, f"OpenOCD at {address}")
        try:
            console.evaluate("version")
        except BaseException as error:
            console.close()
            if isinstance(error, OpenocdGone):
                raise OpenocdNotThere(address, f"what answers is no OpenOCD: {error}") from error
            raise
        return console

    @property
    def joined(self) -> bool:
        """Whether it runs for others, too."""
        return self._process is None

    def try_out(self, script: str, timeout_s: float = PATIENCE_S) -> Reply:
        """What a script comes to. Raises `OpenocdGone` alone; Ctrl-C waits for its end."""
        with interrupts_wait():
            try:
                return self._rpc.call(script, timeout_s)
            except OpenocdGone:
                self.lost = True
                raise

    def evaluate(self, script: str, timeout_s: float = PATIENCE_S) -> str:
        """The result of a script. Raises LinkError kinds, `EngineFailed` for the unexpected."""
        reply = self.try_out(script, timeout_s)
        if reply.code:
            raise self.failure(reply)
        return reply.result

    def run(self, *words: str | int, timeout_s: float = PATIENCE_S) -> str:
        """The result of one command, whatever its words hold."""
        return self.evaluate(command(*words), timeout_s)

    def stderr(self) -> str:
        """The last lines that a process of ours said since the last command began."""
        return self._process.log() if self._process else ""

    def failure(self, reply: Reply) -> Exception:
        """The error for a reply that tells of a failure."""
        return translate(reply.text, self.probe) or EngineFailed("OpenOCD", complaint(reply.text))

    def close(self) -> None:
        """End our own, hang up on another's. Never raises; may be called twice."""
        with interrupts_wait():
            if self._process is not None and not self.lost:
                with suppress(OpenocdGone):
                    self._rpc.call("shutdown", 1.0)
            self._rpc.close()
            if self._process is not None:
                self._process.stop()
