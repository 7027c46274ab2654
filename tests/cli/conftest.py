"""A command line that finds no configuration or state but its test's own."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from swdflash.cli.main import run
from swdflash.cli.schema import schema_of


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    exit: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout."""
        found: dict[str, Any] = json.loads(self.out)
        return found


def must_match_its_schema(document: dict[str, Any]) -> None:
    """What was printed is what `swdflash schema` promises."""
    jsonschema.validate(document, schema_of(document["command"]))


Run = Callable[..., Outcome]


@pytest.fixture(autouse=True)
def _own_place(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = str(tmp_path_factory.mktemp("scratch"))
    monkeypatch.setattr(tempfile, "tempdir", scratch)
    monkeypatch.setenv("TMPDIR", scratch)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config-home"))
    monkeypatch.setenv("SWDFLASH_STATE_DIR", str(tmp_path / "state"))
    for name in ("VIA", "CHIP", "CLOCK", "TIMEOUT", "PROGRESS", "ERASE", "PROFILE"):
        monkeypatch.delenv(f"SWDFLASH_{name}", raising=False)
    for name in ("COLUMNS", "FORCE_COLOR", "TTY_COMPATIBLE"):  # of whoever runs the tests
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def swdflash(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command line in this process."""

    def call(*argv: str) -> Outcome:
        capsys.readouterr()
        code = run(argv)
        return Outcome(code, *capsys.readouterr())

    return call
