"""Result of `schema`."""

from __future__ import annotations

from typing import Any

import msgspec


class SchemaResult(msgspec.Struct):
    """A JSON schema."""

    schema: dict[str, Any]
