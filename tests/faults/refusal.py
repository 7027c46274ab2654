"""What every refusal owes its user, and the board."""

from __future__ import annotations

from typing import Any

from tests.cli.conftest import must_match_its_schema
from tests.faults.bench import Bench, Outcome, command


def must_refuse(bench: Bench, *argv: str, code: str, exit_code: int) -> dict[str, Any]:
    """Nothing is touched, and the user is told what, why and what next; in JSON the same."""
    before = bench.memory
    told = command(*argv, "--json")
    assert bench.memory == before
    spoken = command(*argv)
    assert bench.memory == before
    error = must_explain(told)
    assert (error["code"], told.exit) == (code, exit_code), told.out
    assert spoken.exit == exit_code
    assert spoken.out == ""
    for words in (error["what"], error["why"], *error["next"]):
        assert words in spoken.err
    return error


def must_explain(told: Outcome) -> dict[str, Any]:
    """A failure's document is whole, and shows nobody a traceback."""
    error = told.error
    must_match_its_schema(told.document)
    assert told.document["ok"] is False
    assert error["exit"] == told.exit
    assert error["what"]
    assert error["why"]
    assert error["next"]
    assert all(error["next"])
    assert "Traceback" not in told.out + told.err
    return error
