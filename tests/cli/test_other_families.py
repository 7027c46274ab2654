"""Over SWD, chips that swdflash programs by their ROM: all but changing flash works, in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from swdflash.sim.store import Store
from tests.cli.conftest import Run, must_match_its_schema
from tests.firmware.boards import elf

CHIPS = {"STM32F405RG": "f405_blinky", "STM32F072RB": "f072_blinky"}
VIA = ("--via", "sim:bench", "--json")
READING = (
    "info",
    "reset",
    "reset --halt",
    "go 0x08000000",
    "read 0x08000000 16 -o x.bin",
)
CHANGING = (
    "write data.bin@0x08008000",
    "erase --chip --yes",
    "erase --range 0x08000000:1K --yes",
)


@pytest.fixture(params=CHIPS)
def chip(request: pytest.FixtureRequest, swdflash: Run) -> str:
    chip: str = request.param
    made = ("sim", "new", "bench", "--chip", chip, "--uptime", "0.01")
    assert swdflash(*made, "--firmware", str(elf(CHIPS[chip]))).exit == 0
    return chip


def flash() -> bytes:
    with Store().open("bench") as kept:
        return bytes(kept.nonvolatile.flash[: kept.chip.flash.span.size])


@pytest.mark.parametrize("argv", READING)
def test_what_changes_no_flash_works(swdflash: Run, chip: str, argv: str) -> None:
    before = flash()
    told = swdflash(*argv.split(), *VIA)
    assert told.exit == 0, told.out
    must_match_its_schema(told.document)
    assert told.document["result"]["chip"]["family"] == chip[:7]
    assert flash() == before
    if argv.startswith("read"):
        assert Path("x.bin").read_bytes() == before[:16]


def test_an_image_is_verified(swdflash: Run, chip: str) -> None:
    assert swdflash("verify", str(elf(CHIPS[chip])), *VIA).exit == 0
    Path("data.bin").write_bytes(b"\x12" * 64)
    told = swdflash("verify", "data.bin@0x08008000", *VIA)
    assert told.document["error"]["code"] == "verify-failed"


@pytest.mark.parametrize("argv", CHANGING)
def test_what_changes_flash_names_the_ways_by_the_rom(swdflash: Run, chip: str, argv: str) -> None:
    before = flash()
    Path("data.bin").write_bytes(b"\x12" * 64)
    told = swdflash(*argv.split(), *VIA)
    must_match_its_schema(told.document)
    error = told.document["error"]
    assert (error["code"], told.exit) == ("no-loader", 2)
    advice = " ".join(error["next"])
    for way in ("swdflash boot rom", "--via dfu:", "--via uart:"):
        assert way in advice
    assert flash() == before


def test_read_protection_is_told(swdflash: Run, chip: str) -> None:
    assert swdflash("sim", "set", "bench", "--rdp", "1").exit == 0
    told = swdflash("info", *VIA)
    assert told.document["result"]["protection"]["read_protected"]
    refused = swdflash("read", "0x08000000", "16", "-o", "x.bin", *VIA)
    assert (refused.document["error"]["code"], refused.exit) == ("read-protected", 6)
    asked = swdflash("unprotect", *VIA)
    assert (asked.document["error"]["code"], asked.exit) == ("nobody-to-ask", 10)


def test_read_protection_is_taken_off_an_f0(swdflash: Run) -> None:
    made = ("sim", "new", "bench", "--chip", "STM32F072RB", "--uptime", "0.01", "--rdp", "1")
    assert swdflash(*made, "--firmware", str(elf("f072_blinky"))).exit == 0
    opened = swdflash("unprotect", "--yes", *VIA)
    assert opened.exit == 0, opened.out
    must_match_its_schema(opened.document)
    assert flash() == b"\xff" * 128 * 1024
    assert not swdflash("info", *VIA).document["result"]["protection"]["read_protected"]
    backed_up = swdflash("backup", "b.bin", *VIA)
    assert backed_up.exit == 0
    assert Path("b.bin").read_bytes() == flash()
