from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import typer

from swdflash.cli.documents import RESULTS
from swdflash.cli.main import COMMANDS
from tests.cli.conftest import Run


@pytest.mark.parametrize("name", sorted(RESULTS))
def test_a_published_schema_is_a_schema(swdflash: Run, name: str) -> None:
    spoken = swdflash("schema", *name.split())
    assert spoken.exit == 0
    jsonschema.Draft202012Validator.check_schema(json.loads(spoken.out))


def words_of_commands() -> Iterator[str]:
    """Every command by all its words."""
    for name, home in COMMANDS.items():
        module, attribute = home.split(":")
        found = getattr(import_module(module), attribute)
        if isinstance(found, typer.Typer):
            group: Any = typer.main.get_command(found)
            yield from (f"{name} {each}" for each in group.commands)
        else:
            yield name


def test_every_command_publishes_its_document() -> None:
    assert set(words_of_commands()) == set(RESULTS)


def test_a_failure_has_its_place_in_the_schema(swdflash: Run) -> None:
    schema = json.loads(swdflash("schema", "explain").out)
    document = swdflash("explain", "nonsense", "--json").document
    jsonschema.validate(document, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**document, "ok": True}, schema)


@pytest.mark.parametrize(
    "argv", [["explain"], ["explain", "2"], ["config", "show"], ["schema", "explain"]], ids=" ".join
)
def test_documents_match_their_schema(swdflash: Run, argv: list[str]) -> None:
    document = swdflash(*argv, "--json").document
    schema = swdflash("schema", document["command"], "--json").document["result"]["schema"]
    jsonschema.validate(document, schema)
    assert document["ok"] is True
    assert document["command"] == " ".join(argv[:2]) if argv[0] == "config" else argv[0]
