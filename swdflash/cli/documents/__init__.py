"""What `--json` prints: one struct for every command's result. Keys only grow."""

from __future__ import annotations

import msgspec

from swdflash.cli.documents.config import ConfigResult
from swdflash.cli.documents.explain import ExplainResult
from swdflash.cli.documents.schema import SchemaResult

RESULTS: dict[str, type[msgspec.Struct]] = {
    "config show": ConfigResult,
    "explain": ExplainResult,
    "schema": SchemaResult,
}
