"""Result of `config show`."""

from __future__ import annotations

import msgspec


class Setting(msgspec.Struct):
    """A setting in force; `place` is the file, variable or option that decided it."""

    key: str
    value: str | int | float | None
    source: str
    place: str


class ConfigResult(msgspec.Struct):
    """All settings, and the profile chosen."""

    profile: str | None
    settings: list[Setting]
