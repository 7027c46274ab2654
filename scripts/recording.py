#!/usr/bin/env python3
"""Draws docs/screenshots/locked.svg: a board whose firmware has cut SWD is written all the same.

The commands are run as a person types them, on a virtual Blue Pill; what they print is the picture.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs/screenshots/locked.svg"
COLUMNS = 104
LINES = (
    "swdflash sim new bench --board bluepill --firmware tests/firmware/swj_off.elf",
    "swdflash write examples/blinky/blinky.elf --via sim:bench --no-recover",
    "swdflash write examples/blinky/blinky.elf --via sim:bench",
    "swdflash verify examples/blinky/blinky.elf --via sim:bench --no-recover",
)


def main() -> None:
    """Run the commands, draw what they print."""
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(picture(), encoding="utf-8")


def picture() -> str:
    """The terminal after all commands, as SVG."""
    with Path(os.devnull).open("w") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True)
        with tempfile.TemporaryDirectory() as state:
            for line in LINES:
                console.print(Text(f"$ {line}", "bold"))
                console.print(Text.from_ansi(printed(line, Path(state))))
        title = "a board that is locked out of SWD (virtual)"
        return console.export_svg(title=title, unique_id="swdflash-locked")


def printed(line: str, state: Path) -> str:
    """What one command prints on a terminal, in colour."""
    environment = os.environ | {
        "SWDFLASH_STATE_DIR": str(state),
        "SWDFLASH_PROGRESS": "plain",
        "FORCE_COLOR": "1",
        "COLUMNS": str(COLUMNS),
    }
    _, *argv = shlex.split(line)
    return subprocess.run(
        [sys.executable, "-m", "swdflash", *argv],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    ).stdout


if __name__ == "__main__":
    main()
