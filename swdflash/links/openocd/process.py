"""OpenOCD as a child process: started on a port of its own, never left behind."""

from __future__ import annotations

import ctypes
import os
import re
import selectors
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from swdflash.links.openocd.errors import OpenocdMissing, OpenocdNotStarted, OpenocdTooOld

NEEDED = (0, 11)
START_S = 10.0
STOP_S = 1.0
KEPT_LINES = 200
LONGEST_LINE = 2_000
PR_SET_PDEATHSIG = 1  # prctl(2)

# After the user's files, so that none of them opens a port to others.
PORTS = "bindto 127.0.0.1; tcl_port 0; gdb_port disabled; telnet_port disabled"
_VERSION = re.compile(r"Open On-Chip Debugger (\d+)\.(\d+)\S*")
_PORT = re.compile(rb"Listening on port (\d+) for tcl connections")


def check_version(program: str) -> str:
    """The version of `program`. Raises `OpenocdMissing`, `OpenocdTooOld`, `OpenocdNotStarted`."""
    try:
        ran = subprocess.run(
            [program, "--version"], capture_output=True, timeout=START_S, check=False
        )
    except OSError as error:
        raise OpenocdMissing(program, error.strerror or str(error)) from error
    except subprocess.TimeoutExpired as error:
        raise OpenocdNotStarted(f"`{program} --version` does not end") from error
    found = _VERSION.search((ran.stderr + ran.stdout).decode(errors="replace"))
    if found is None:
        raise OpenocdNotStarted(f"`{program} --version` does not say that it is OpenOCD")
    if (int(found[1]), int(found[2])) < NEEDED:
        needed = ".".join(map(str, NEEDED))
        raise OpenocdTooOld(program, f"{found[1]}.{found[2]}", needed)
    return found[0].rpartition(" ")[2]


class OpenocdProcess:
    """The running program; `port` is where its TCL port listens.

    It is in a process group of its own, so that Ctrl-C does not reach it. On Linux the kernel
    kills it when the thread that started it is gone. What it says on stderr is read whenever it is
    waited for; only the last lines are kept.
    """

    def __init__(self, program: str, arguments: Sequence[str]) -> None:
        """Start it. Raises `OpenocdMissing`, `OpenocdNotStarted`."""
        self._lines: deque[str] = deque(maxlen=KEPT_LINES)
        self._partial = b""
        self._said_port: int | None = None
        argv = [program, *arguments, "-c", PORTS, "-c", "noinit"]
        try:
            self._child = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                process_group=0,
                preexec_fn=_die_with(os.getpid()),  # noqa: PLW1509  (it only calls the kernel)
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise OpenocdMissing(program, str(error)) from error
        assert self._child.stderr is not None
        self._pipe = self._child.stderr
        os.set_blocking(self._pipe.fileno(), False)
        try:
            self.port = self._await_port(time.monotonic() + START_S)
        except BaseException:
            self.kill()
            raise

    def fileno(self) -> int:
        """Of its stderr, to be waited for; whoever does calls `drain`."""
        return self._pipe.fileno()

    def drain(self) -> bool:
        """Read what it has said by now; False where there will be no more."""
        while not self._pipe.closed:
            try:
                data = os.read(self._pipe.fileno(), 65536)
            except BlockingIOError:
                return True
            if not data:
                break
            said = self._partial + data
            if self._said_port is None and (found := _PORT.search(said)):
                self._said_port = int(found[1])
            *whole, rest = said.split(b"\n")
            last = whole[-KEPT_LINES:]
            self._lines.extend(line[:LONGEST_LINE].decode(errors="replace") for line in last)
            self._partial = rest[-LONGEST_LINE:]
        return False

    def log(self) -> str:
        """The last lines that it said, the present one included."""
        self.drain()
        return "\n".join([*self._lines, self._partial.decode(errors="replace")])

    def forget(self) -> None:
        """What was said so far does not matter any more."""
        self.drain()
        self._lines.clear()

    def last_words(self) -> str:
        """How it ended, and what it complained of before."""
        complaints = [line for line in self.log().splitlines() if "Error" in line]
        status = self._child.poll()
        if status is None:
            ended = "it still runs"
        elif status < 0:
            ended = f"it was ended by {signal.Signals(-status).name}"
        else:
            ended = f"it ended with status {status}"
        return "; ".join([ended, *complaints[-3:]])

    def ended(self) -> bool:
        """Whether it is gone, given a moment to go where its stderr is closed."""
        with suppress(subprocess.TimeoutExpired):
            self._child.wait(0.2)
        return self._child.poll() is not None

    def stop(self) -> None:
        """See that it is gone: in its own time if that is short. Its stderr is read meanwhile."""
        if self._pipe.closed:
            return  # it was killed before
        for _ in self._until(time.monotonic() + STOP_S):
            if not self.drain():
                break
        if not self.ended():
            self.kill()
        self._pipe.close()

    def kill(self) -> None:
        """End it at once, and whatever it started."""
        with suppress(ProcessLookupError):
            if self._child.poll() is None:
                os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()
        self.drain()
        self._pipe.close()

    def _await_port(self, deadline: float) -> int:
        for _ in self._until(deadline):
            alive = self.drain()
            if self._said_port is not None:
                return self._said_port
            if not alive:
                self.ended()
                raise OpenocdNotStarted(self.last_words())
        raise OpenocdNotStarted(f"it says nothing of its TCL port within {START_S:g} s")

    def _until(self, deadline: float) -> Iterator[None]:
        """Each time it has said something, as long as there is time."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._pipe, selectors.EVENT_READ)
            while (left := deadline - time.monotonic()) > 0:
                if selector.select(left):
                    yield


def _die_with(parent: int) -> Callable[[], None] | None:
    """For the child, before it becomes OpenOCD: be killed when the thread that started it is."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl

    def arrange() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before that
            os._exit(1)

    return arrange
