"""The built wheel works outside the checkout: `targets/` is in it, and nothing else is needed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--wheel", "--outdir", str(out), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (built,) = out.glob("*.whl")
    return built


def test_the_wheel_holds_targets_and_loaders(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "swdflash/targets/stm32f1.toml" in names
    assert any(name.startswith("swdflash/targets/loaders/") for name in names)
    assert "swdflash/py.typed" in names


@pytest.mark.timeout(300)
def test_a_clean_environment_writes_a_virtual_board(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "env"
    venv.create(home, with_pip=True)
    install = [str(home / "bin/pip"), "install", "-q", "--no-input", f"{wheel}[sim]"]
    subprocess.run(install, check=True)
    blinky = tmp_path / "blinky.elf"
    blinky.write_bytes((ROOT / "examples/blinky/blinky.elf").read_bytes())

    outcome = subprocess.run(
        [home / "bin/swdflash", "write", blinky.name, "--via", "sim:bluepill", "--json"],
        cwd=tmp_path,
        env={**os.environ, "SWDFLASH_STATE_DIR": str(tmp_path / "state"), "PYTHONPATH": ""},
        check=False,
        capture_output=True,
        text=True,
    )

    assert outcome.returncode == 0, outcome.stderr
    document = json.loads(outcome.stdout)
    assert document["ok"] is True
    assert document["result"]["done"]["verified_bytes"] > 0


def test_without_unicorn_the_extra_is_named(wheel: Path, tmp_path: Path) -> None:
    hide = tmp_path / "hide" / "unicorn"
    hide.mkdir(parents=True)
    (hide / "__init__.py").write_text("raise ImportError('No module named unicorn')")
    outcome = subprocess.run(
        [sys.executable, "-m", "swdflash", "info", "--via", "sim:bluepill", "--json"],
        env={**os.environ, "SWDFLASH_STATE_DIR": str(tmp_path), "PYTHONPATH": str(hide.parent)},
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert outcome.returncode == 2, outcome.stderr
    error = json.loads(outcome.stdout)["error"]
    assert error["code"] == "sim-extra-missing"
    assert any("swdflash[sim]" in line for line in error["next"])
