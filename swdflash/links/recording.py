"""The file of a recording: JSON lines, first what was asked for, then each call on the link."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec

from swdflash.errors import SwdflashError, every_error
from swdflash.links.base import Costs, LinkInfo, Offers, RomAbout
from swdflash.links.errors import BadRecording

FORMAT = 1
LONGEST = 60  # characters of a call that a message shows
_ENDED = b'{"ended":'
T = TypeVar("T")


class Header(msgspec.Struct, frozen=True):
    """The first line. Bytes are base64 in the file."""

    swdflash: str  # the version that recorded
    argv: list[str]
    inputs: dict[str, bytes]  # the files that the command read, by the name it was given
    simulated: bool = False  # whether its time was a simulator's; for display only
    recording: int = FORMAT


class Failure(msgspec.Struct, frozen=True):
    """An error that a call raised."""

    code: str
    fields: dict[str, Any]

    @classmethod
    def of(cls, error: SwdflashError) -> Failure:
        """The error as it is written."""
        return cls(error.code, msgspec.to_builtins(error.evidence()))

    def revive(self) -> SwdflashError:
        """The error as it was raised. Raises `KeyError` for a code that this version lacks."""
        kind: Any = every_error()[self.code]
        error: SwdflashError = kind(
            **{field.name: self.fields[field.name] for field in fields(kind) if field.init}
        )
        return error


class Call(msgspec.Struct, frozen=True, omit_defaults=True):
    """One call and its outcome, `at` seconds on the link's clock when it returned."""

    call: str
    args: list[Any]
    at: float
    result: Any = None
    error: Failure | None = None


class Write(Protocol):
    """Writes a call down, with its result and the error that it ended in."""

    def __call__(
        self,
        name: str,
        args: Sequence[object],
        result: object = None,
        error: Failure | None = None,
    ) -> None:
        """One call."""
        ...


def record(write: Write, name: str, verb: Callable[[], T], *args: object) -> T:
    """Do what `verb` does, and write the call down; so is the error that it ended in."""
    try:
        result = verb()
    except SwdflashError as error:
        write(name, args, error=Failure.of(error))
        raise
    write(name, args, result)
    return result


class Ended(msgspec.Struct, frozen=True):
    """The last line, where the command lived to write it: its exit code and what it printed."""

    ended: int
    document: dict[str, Any]


class Opened(msgspec.Struct, frozen=True):
    """The result of the call "open"; `rom` is what a ROM bootloader said of itself."""

    info: LinkInfo
    offers: int
    costs: Costs
    rom: RomAbout | None = None

    @property
    def offer_flags(self) -> Offers:
        """`offers` as flags."""
        return Offers(self.offers)


def call_words(name: str, args: Sequence[object]) -> str:
    """A call as Python writes it, cut where it gets long."""
    shown = (f"{arg:#x}" if type(arg) is int else repr(arg) for arg in args)
    text = f"{name}({', '.join(shown)})"
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def read_header(path: Path) -> Header:
    """What was recorded in `path`, and with which files. Raises `BadRecording`."""
    try:
        with path.open("rb") as file:
            return _decode(path, 1, file.readline(), Header)
    except OSError as error:
        raise BadRecording(str(path), 1, error.strerror or str(error)) from error


def read_calls(path: Path) -> list[Call]:
    """Every call in `path`; a last line that was cut short is left out. Raises `BadRecording`."""
    read_header(path)
    lines = path.read_bytes().splitlines(keepends=True)
    return [
        _decode(path, number, line, Call)
        for number, line in enumerate(lines[1:], start=2)
        if line.endswith(b"\n") and not line.startswith(_ENDED)
    ]


def read_end(path: Path) -> Ended | None:
    """How the recorded command ended; None where it was cut short. Raises `BadRecording`."""
    read_header(path)
    lines = path.read_bytes().splitlines(keepends=True)
    if not lines[-1].startswith(_ENDED) or not lines[-1].endswith(b"\n"):
        return None
    return _decode(path, len(lines), lines[-1], Ended)


def _decode(path: Path, number: int, line: bytes, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(line, type=shape)
    except msgspec.MsgspecError as error:
        raise BadRecording(str(path), number, str(error)) from error
