"""The committed blinky.elf is what its source makes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.images.craft import BLINKY, KIB, load_one, objcopy


def test_the_source_makes_the_committed_file(tmp_path: Path) -> None:
    folder = tmp_path / "blinky"
    shutil.copytree(BLINKY.parent, folder)
    (folder / "blinky.elf").unlink()
    subprocess.run(["make", "-s", "-C", folder], check=True, stdout=subprocess.DEVNULL)
    rebuilt = folder / "blinky.elf"
    assert objcopy("binary", tmp_path, rebuilt) == objcopy("binary", tmp_path)
    built, committed = load_one(rebuilt.read_bytes()), load_one(BLINKY.read_bytes())
    assert built.image.segments == committed.image.segments
    assert built.image.entry == committed.image.entry


def test_it_spans_more_than_a_page() -> None:
    (segment,) = load_one(BLINKY.read_bytes()).image.segments
    assert KIB < len(segment.data) <= 2 * KIB
