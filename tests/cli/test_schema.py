from __future__ import annotations

import json

import jsonschema  # type: ignore[import-untyped]
import pytest

from swdflash.cli.documents import RESULTS
from tests.cli.conftest import Run


@pytest.mark.parametrize("name", sorted(RESULTS))
def test_a_published_schema_is_a_schema(swdflash: Run, name: str) -> None:
    spoken = swdflash("schema", *name.split())
    assert spoken.exit == 0
    jsonschema.Draft202012Validator.check_schema(json.loads(spoken.out))


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
