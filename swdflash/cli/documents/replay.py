"""Result of `replay`."""

from __future__ import annotations

from typing import Any

import msgspec


class ReplayResult(msgspec.Struct):
    """`same` is null where the recording was cut short and does not say how it ended."""

    file: str
    recorded_by: str
    command: list[str]
    recorded_exit: int | None
    exit: int
    same: bool | None
    document: dict[str, Any]
