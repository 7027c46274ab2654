"""The committed blobs are what their sources build to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "build_loaders.py"


def test_the_blobs_are_what_the_sources_build_to() -> None:
    built = subprocess.run(
        [sys.executable, SCRIPT, "--check"], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    assert "stm32f1" in built.stdout
