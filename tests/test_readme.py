"""What the README shows works word for word."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """The text below a heading."""
    _, _, rest = README.partition(f"\n## {title}\n")
    return rest.partition("\n## ")[0]


def environment(state: Path) -> dict[str, str]:
    beside = str(Path(sys.executable).parent)
    path = os.pathsep.join([beside, os.environ["PATH"]])
    return {**os.environ, "PATH": path, "SWDFLASH_STATE_DIR": str(state)}


def test_the_two_commands_exist_and_can_be_run() -> None:
    opening = README.partition("\n## ")[0]
    named = re.findall(r"^    (scripts/\w+)", opening, re.MULTILINE)
    assert named == ["scripts/demo", "scripts/test"]
    for script in named:
        assert os.access(ROOT / script, os.X_OK)


def test_the_python_example(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment(tmp_path),
        check=False,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    assert re.fullmatch(r"[1-9]\d+ bytes programmed in 0\.\d\d s\n", ran.stdout)


def test_the_virtual_boards(tmp_path: Path) -> None:
    lines = re.findall(r"^    (swdflash .*)$", section("Virtual boards"), re.MULTILINE)
    assert len(lines) >= 4
    ran = subprocess.run(
        ["bash", "-ec", "\n".join(lines)],
        cwd=ROOT,
        env=environment(tmp_path),
        check=False,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    assert "20036410" in ran.stdout or "20030410" in ran.stdout, "DBGMCU_IDCODE, read by pyOCD"


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_links_lead_somewhere(link: str) -> None:
    assert (ROOT / link).exists()
