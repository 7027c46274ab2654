"""The name of a way to a chip: `METHOD:PLACE?options`, the same in options, environment, config."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from urllib.parse import parse_qsl, urlencode

from swdflash.links.engine import Engine
from swdflash.links.errors import BadVia, UnknownMethod

AUTO = "auto"
SIM = "sim"
TCP = "tcp"  # an OpenOCD that runs already
ROM_METHODS = frozenset({"uart", "dfu"})  # ways to the bootloader in system memory
PORT = re.compile(r"/dev/.+|COM\d+|(rfc2217|socket)://.+")  # a serial port, by itself

METHODS = {
    # method: the options it takes
    "pyocd": frozenset({"path"}),  # a USB socket, for ST-Links that share a serial number
    "replay": frozenset[str](),
    "openocd": frozenset({"transport", "target", "file", "search"}),
    "uart": frozenset({"baud", "boot0", "nrst", "invert"}),
    "dfu": frozenset({"path"}),
}

SOCKET = re.compile(r"\d+-\d+(\.\d+)*")  # bus and ports, as `swdflash list` shows them


@dataclass(frozen=True)
class Via:
    """A parsed way. `str()` gives it in full: `sim:bluepill` becomes `pyocd:sim:bluepill`."""

    method: str
    place: str = ""
    options: tuple[tuple[str, str], ...] = ()

    @property
    def to_rom(self) -> bool:
        """Whether it leads to the ROM bootloader, not to the debug port."""
        return self.method in ROM_METHODS

    @property
    def wired(self) -> bool:
        """Whether it names modem lines that lead to BOOT0 and to NRST."""
        return None not in (self.option("boot0"), self.option("nrst"))

    @property
    def board(self) -> str | None:
        """Name of the virtual board, or None where the way leads to hardware."""
        kind, _, name = self.place.partition(":")
        return name if kind == SIM else None

    def option(self, name: str) -> str | None:
        """The last value that was given for an option."""
        return next(reversed(self.every(name)), None)

    def every(self, name: str) -> tuple[str, ...]:
        """All values that were given for an option."""
        return tuple(value for key, value in self.options if key == name)

    def __str__(self) -> str:
        if self.method == AUTO:
            return AUTO
        query = f"?{urlencode(self.options, safe='/:')}" if self.options else ""
        return f"{self.method}:{self.place}{query}"


def parse(text: str, engine: Engine = Engine.AUTO) -> Via:
    """The way that `text` names; `engine` is its METHOD where it names a place alone.

    Raises `BadVia` for what is not METHOD:PLACE, and `UnknownMethod` for a METHOD that nobody
    knows.
    """
    if text == AUTO:
        return Via(AUTO)
    if PORT.fullmatch(text):
        text = f"uart:{text}"
    method, colon, rest = text.partition(":")
    if not colon and not text.endswith(".cfg") and engine is Engine.AUTO:
        raise BadVia(text, f"there is no METHOD in front of it: did you mean pyocd:{text}?")
    if (text.endswith(".cfg") and method not in METHODS) or method == TCP:
        method, rest = "openocd", text
    elif method == SIM or not colon:
        method, rest = "pyocd" if engine is Engine.AUTO else str(engine), text
    _require_known(method)
    place, _, query = (rest, "", "") if method == "replay" else rest.partition("?")
    via = Via(method, place, tuple(parse_qsl(query, keep_blank_values=True)))
    _require_sense(via, text)
    return via


def _require_known(method: str) -> None:
    if method not in METHODS:
        near = get_close_matches(method, [*METHODS, SIM, AUTO], n=1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        raise UnknownMethod(method, ", ".join([*METHODS, SIM, AUTO]) + hint)


def _require_sense(via: Via, text: str) -> None:
    if (not via.place and via.method != "dfu") or via.board == "":
        raise BadVia(text, "there is no PLACE behind the colon")
    for name, _ in via.options:
        if name not in METHODS[via.method]:
            raise BadVia(text, f"`{via.method}` takes no option `{name}`")
    path = via.option("path")
    if path is not None and via.board is not None:
        raise BadVia(text, "a virtual board has no USB socket")
    if path is not None and not SOCKET.fullmatch(path):
        raise BadVia(text, f"`{path}` is no USB socket; `swdflash list` shows them: 1-4.2")
