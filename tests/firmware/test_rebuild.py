"""The committed ELF files are what their sources make."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from swdflash.images.image import Segment
from swdflash.images.load import FileBytes, load_bytes

HERE = Path(__file__).parent
SOURCES = ("*.c", "*.h", "*.S", "*.ld", "Makefile")
NAMES = sorted(path.stem for path in HERE.glob("*.elf"))


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("firmware")
    for pattern in SOURCES:
        for source in HERE.glob(pattern):
            shutil.copy(source, folder)
    subprocess.run(["make", "-s", "-C", folder], check=True)
    return folder


def loaded(elf: Path) -> tuple[tuple[Segment, ...], int | None]:
    image = load_bytes([FileBytes(elf.name, elf.read_bytes())], bin_address=0x0800_0000).image
    return tuple(image.segments), image.entry


@pytest.mark.parametrize("name", NAMES)
def test_the_source_makes_the_committed_file(name: str, rebuilt: Path) -> None:
    assert loaded(rebuilt / f"{name}.elf") == loaded(HERE / f"{name}.elf")


def test_every_source_has_its_committed_file(rebuilt: Path) -> None:
    assert sorted(path.stem for path in rebuilt.glob("*.elf")) == NAMES


def test_the_handbook_names_every_firmware() -> None:
    handbook = (HERE.parents[1] / "docs" / "virtual-board.md").read_text(encoding="utf-8")
    assert [name for name in NAMES if f"`{name}`" not in handbook] == []
