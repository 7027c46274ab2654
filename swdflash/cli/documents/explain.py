"""Results of `explain`."""

from __future__ import annotations

import msgspec


class ErrorMeaning(msgspec.Struct):
    """An error in general; capitals stand for what an instance measured."""

    code: str
    exit: int
    about: str
    what: str
    why: str
    next: list[str]


class ExplainResult(msgspec.Struct):
    """Errors asked for, and what the exit codes mean."""

    errors: list[ErrorMeaning]
    exits: dict[str, str]
