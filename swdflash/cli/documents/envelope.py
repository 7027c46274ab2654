"""What every JSON document looks like, whatever the command."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from string import Formatter
from typing import Annotated, Any, Generic, TypeVar

import msgspec

from swdflash import __version__
from swdflash.errors import Explanation, SwdflashError

Address = Annotated[
    str, msgspec.Meta(pattern="^0x[0-9a-f]{8}$", description="An address, such as 0x08000000")
]
Size = Annotated[int, msgspec.Meta(ge=0, description="Bytes")]
Seconds = Annotated[float, msgspec.Meta(ge=0, description="Seconds")]

Result = TypeVar("Result")
Always = Annotated[bool, msgspec.Meta(extra_json_schema={"const": True})]
Never = Annotated[bool, msgspec.Meta(extra_json_schema={"const": False})]


class Warning(msgspec.Struct):  # noqa: A001  (the contract's word; nothing here wants Python's)
    """Something worth attention that stopped nothing."""

    code: str
    text: str


class ErrorDocument(msgspec.Struct):
    """Why a command failed."""

    code: str
    exit: int
    what: str
    why: str
    evidence: dict[str, Any]
    next: list[str]


class Done(msgspec.Struct, Generic[Result]):
    """The document of a command that did what it was asked."""

    swdflash: str
    command: str
    ok: Always
    result: Result
    warnings: list[Warning]


class Failed(msgspec.Struct, Generic[Result], omit_defaults=True):
    """The document of a command that failed; `result` is what was done until then."""

    swdflash: str
    command: str
    ok: Never
    error: ErrorDocument
    warnings: list[Warning]
    result: Result | msgspec.UnsetType = msgspec.UNSET


def address(value: int) -> str:
    """An address as documents spell it."""
    return f"{value:#010x}"


def done(command: str, result: Result, warnings: list[Warning]) -> bytes:
    """The JSON document of a success."""
    return _encode(Done(__version__, command, True, result, warnings))


def failed(
    command: str, error: SwdflashError, warnings: list[Warning], result: msgspec.Struct | None
) -> bytes:
    """The JSON document of a failure, with the partial result where there is one."""
    document: Failed[msgspec.Struct] = Failed(
        __version__, command, False, error_document(error), warnings
    )
    if result is not None:
        document.result = result
    return _encode(document)


def explained(error: SwdflashError) -> Explanation:
    """The error's words; notes that it got on its way (the state of the flash) end its `why`."""
    words = error.explain()
    return replace(words, why="; ".join((words.why, *getattr(error, "__notes__", ()))))


def error_document(error: SwdflashError) -> ErrorDocument:
    """An error's words, with the values behind them."""
    words = explained(error)
    hexadecimal = _fields_in_hex(error)
    evidence = {
        name: f"{value:#010x}" if name in hexadecimal and isinstance(value, int) else _plain(value)
        for name, value in error.evidence().items()
    }
    return ErrorDocument(
        words.code, int(words.exit), words.what, words.why, evidence, list(words.next)
    )


def _encode(document: msgspec.Struct) -> bytes:
    """UTF-8, even where a file's name is not: what cannot be told becomes U+FFFD."""
    try:
        return msgspec.json.encode(document)
    except UnicodeEncodeError:
        return msgspec.json.encode(_without_surrogates(msgspec.to_builtins(document)))


def _without_surrogates(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_without_surrogates(each) for each in value]
    if isinstance(value, dict):
        return {key: _without_surrogates(each) for key, each in value.items()}
    return value


def _fields_in_hex(error: SwdflashError) -> set[str]:
    """Fields that the error's own words spell in hex: addresses and register values."""
    parts = Formatter().parse("\n".join((error.what, error.why, *error.next)))
    return {name for _, name, spec, _ in parts if name and spec and spec[-1] in "xX"}


def _plain(value: object) -> object:
    """A value that JSON can hold."""
    match value:
        case Enum():
            plain = _plain(value.value)
        case None | bool() | int() | float() | str():
            plain = value
        case bytes():
            plain = value.hex()
        case list() | tuple() | set() | frozenset():
            plain = [_plain(each) for each in value]
        case dict():
            plain = {str(key): _plain(each) for key, each in value.items()}
        case _:
            plain = str(value)
    return plain
