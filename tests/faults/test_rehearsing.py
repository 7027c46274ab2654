"""What docs/rehearsing.md shows works word for word."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path
from unittest import mock

import pytest

from swdflash.sim.faults import ENVIRONMENT, Fault
from tests.faults.bench import Outcome, command

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "rehearsing.md").read_text(encoding="utf-8")


def typed(line: str) -> Outcome:
    """A line as in a shell: variables in front of a command."""
    words = shlex.split(line)
    variables = dict(word.split("=", 1) for word in words if re.match(r"[A-Z_]+=", word))
    argv = words[len(variables) :]
    if argv[0] != "swdflash":
        subprocess.run(["bash", "-c", line], check=True)
        return Outcome(0, "", "")
    with mock.patch.dict(os.environ, variables):
        return command(*argv[1:])


def test_an_interrupted_write_and_the_next_one(place: Path) -> None:
    (place / "examples").symlink_to(ROOT / "examples")
    section = PAGE.partition("## An interrupted write")[2].partition("\n## ")[0]
    lines = re.findall(r"^    (\S.*)$", section, re.MULTILINE)
    assert len(lines) == 7
    for line in lines:
        outcome = typed(line)
        if ENVIRONMENT in line:
            assert outcome.exit == 9, outcome.err
            assert "bytes to be kept are safe in the journal" in outcome.err
        else:
            assert outcome.exit == 0, outcome.err


@pytest.mark.parametrize("fault", Fault)
def test_every_fault_is_in_the_table(fault: Fault) -> None:
    assert re.search(rf"^\|.*`{fault}(@N)?`.*\|$", PAGE, re.MULTILINE)
