"""`swdflash schema COMMAND`: the JSON schema of what a command prints with `--json`."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import typer

from swdflash.cli.documents import RESULTS
from swdflash.cli.documents.envelope import Done, Failed
from swdflash.cli.documents.schema import SchemaResult
from swdflash.cli.errors import Misused
from swdflash.cli.options import command
from swdflash.cli.terminal import Terminal


@command
def schema(
    terminal: Terminal,
    command_: Annotated[
        list[str], typer.Argument(metavar="COMMAND", help="Such as `write` or `config show`.")
    ],
) -> None:
    """Print the JSON schema of a command's document.

    It holds for what the command prints with --json, whether it succeeds or fails.
    """
    name = " ".join(command_)
    if name not in RESULTS:
        known = ", ".join(sorted(RESULTS))
        raise Misused(f"'{name}' prints no JSON document; these do: {known}", "schema")
    published = schema_of(name)
    text = msgspec.json.format(msgspec.json.encode(published), indent=2).decode()
    terminal.show(SchemaResult(published), text)


def schema_of(name: str) -> dict[str, Any]:
    """The JSON schema of the whole document, success or failure."""
    result = RESULTS[name]
    kinds = [Done[result], Failed[result]]  # type: ignore[valid-type]
    schemas, components = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"swdflash {name} --json",
        "oneOf": list(schemas),
        "$defs": components,
    }
