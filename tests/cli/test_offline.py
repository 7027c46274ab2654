"""Commands that need no chip."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run, must_match_its_schema

BLINKY = Path(__file__).parents[2] / "examples" / "blinky" / "blinky.elf"


@pytest.fixture
def blinky(tmp_path: Path) -> str:
    return str(shutil.copy(BLINKY, tmp_path / "[blinky].elf"))


def test_image(swdflash: Run, blinky: str) -> None:
    spoken = swdflash("image", blinky)
    assert spoken.exit == 0
    for words in (blinky, "ELF", "vector table", "0x08000000", "Armv7-M", "build id", "█"):
        assert words in spoken.out
    document = swdflash("image", blinky, "--json").document
    must_match_its_schema(document)
    assert document["result"]["vectors"]["initial_sp"] == "0x20005000"


def test_image_against_a_chip(swdflash: Run, blinky: str, tmp_path: Path) -> None:
    assert swdflash("image", blinky, "--chip", "STM32F103C8").exit == 0
    long = tmp_path / "long.bin"
    long.write_bytes(Path(blinky).read_bytes()[0x1000:] + bytes(65 * 1024))
    spoken = swdflash("image", str(long), "--chip", "STM32F103C8", "--json")
    assert spoken.exit == 7
    assert spoken.document["error"]["code"] == "image-too-long"
    assert "--chip STM32F103xB" in " ".join(spoken.document["error"]["next"])
    assert spoken.document["result"]["bytes"] == long.stat().st_size
    must_match_its_schema(spoken.document)


def test_image_of_several_files(swdflash: Run, blinky: str, tmp_path: Path) -> None:
    data = tmp_path / "data.bin"
    data.write_bytes(bytes(range(200, 211)))
    document = swdflash("image", blinky, f"{data}@0x0800F000", "--json").document
    assert [s["address"] for s in document["result"]["segments"]] == ["0x08000000", "0x0800f000"]
    moved = swdflash("image", str(data), "--address", "0x08001000", "--json").document
    assert moved["result"]["segments"] == [{"address": "0x08001000", "size": 11}]
    assert moved["warnings"] == []
    said = swdflash("image", str(data), "--json").document
    assert [warning["code"] for warning in said["warnings"]] == ["bin-address"]


def test_names_that_are_no_text(swdflash: Run, blinky: str, tmp_path: Path) -> None:
    name = str(tmp_path / "\udcff.elf")
    shutil.copy(blinky, name)
    assert swdflash("image", name).exit == 0
    document = swdflash("image", name, "--json").document
    assert document["result"]["files"][0]["path"].endswith("\ufffd.elf")
    assert swdflash("image", "\udcff", "--json").document["error"]["code"] == "image-not-found"


def test_a_terminal_that_cannot_show_it_all(blinky: str) -> None:
    for flags, encoding in ([], "ascii"), (["--json"], "utf-8"):
        done = subprocess.run(
            [sys.executable, "-m", "swdflash", "image", blinky, *flags],
            capture_output=True,
            env={**os.environ, "PYTHONIOENCODING": "ascii"},
            check=True,
        )
        assert "0x08000000" in done.stdout.decode(encoding)


def test_completion() -> None:
    words = {"_SWDFLASH_COMPLETE": "complete_bash", "COMP_WORDS": "swdflash ex", "COMP_CWORD": "1"}
    argv = [sys.executable, "-m", "swdflash"]
    done = subprocess.run(
        argv, capture_output=True, text=True, env={**os.environ, **words}, check=False
    )
    assert done.stdout.split() == ["explain"]


@pytest.mark.parametrize("argv", [["image", "absent.elf"], ["image", "."]])
def test_a_file_that_cannot_be_read(swdflash: Run, argv: list[str]) -> None:
    spoken = swdflash(*argv)
    assert spoken.exit == 7
    assert "try: " in spoken.err


def test_targets(swdflash: Run) -> None:
    document = swdflash("targets", "--json").document
    must_match_its_schema(document)
    names = [chip["name"] for chip in document["result"]["chips"]]
    assert {"STM32F103x8", "STM32F103xG", "STM32F107xC", "STM32F100xB"} <= set(names)
    listed = swdflash("targets").out
    assert all(name in listed for name in names)
    assert "bluepill-128k" in listed  # `--board` sends people here


def test_one_target(swdflash: Run) -> None:
    result = swdflash("targets", "STM32F103C8", "--json").document["result"]
    assert result["memory"]["flash"] == {"address": "0x08000000", "size": 65536}
    assert result["chips"][0]["sram_kib"] == 20
    assert "64 KiB" in swdflash("targets", "STM32F103C8").out
    several = swdflash("targets", "stm32f107", "--json").document["result"]["chips"]
    assert {chip["name"] for chip in several} == {"STM32F107xB", "STM32F107xC"}


def test_the_rom_of_one_target(swdflash: Run) -> None:
    document = swdflash("targets", "STM32F107VC", "--json").document
    must_match_its_schema(document)
    rom = document["result"]["rom"]
    assert rom["interfaces"][0] == {
        "bus": "USART1",
        "pins": {"TX": "PA9", "RX": "PA10"},
        "note": None,
    }
    assert rom["activation"] == ["BOOT0 = 1 and BOOT1 (PB2) = 0"]
    assert rom["system_memory"] == {"address": "0x1fffb000", "size": 18432}
    spoken = swdflash("targets", "STM32F107VC").out
    for words in (
        "USB DFU: DM PA11, DP PA12",
        "BOOT1 (PB2) = 0",
        "1.396 ms",
        "date code below 937",
    ):
        assert words in spoken
    versions = swdflash("targets", "STM32F103RG", "--json").document["result"]["rom"]["versions"]
    assert versions == ["0x21"]
    assert "byte at 0x1ffff7d6: V2.1" in swdflash("targets", "STM32F103RG").out
    assert swdflash("targets", "--json").document["result"]["rom"] is None


def test_an_unknown_target(swdflash: Run) -> None:
    spoken = swdflash("targets", "LPC1768")
    assert spoken.exit == 2
    assert "LPC1768" in spoken.err
