"""`swdflash image FILE`: facts and a picture without a chip."""

from __future__ import annotations

import subprocess

import pytest

from swdflash.images.describe import describe_image
from swdflash.images.flash_map import cell_for, draw_flash_map, flash_map
from swdflash.images.load import FileBytes
from swdflash.memory import Span
from tests.images.craft import BLINKY, FLASH, KIB, elf32, firmware, load, load_one


def symbols() -> dict[str, int]:
    """blinky's symbols, by GNU nm."""
    command = ["arm-none-eabi-nm", str(BLINKY)]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return {name: int(value, 16) for value, _, name in map(str.split, lines)}


def test_blinky() -> None:
    facts = describe_image(load_one(BLINKY.read_bytes()))
    names = symbols()
    assert facts.entry == names["reset_handler"] | 1
    assert facts.vectors is not None
    assert facts.vectors.address == names["vectors"]
    assert facts.vectors.initial_sp == names["ram_top"]
    assert facts.vectors.reset == names["reset_handler"] | 1
    assert facts.vectors.nmi == facts.vectors.hard_fault == names["default_handler"] | 1
    assert facts.vectors.handlers == 3  # reset, SysTick, default
    assert facts.size == sum(span.size for span in facts.segments)
    assert facts.flash_map.splitlines()[0] == "0x08000000 █▒" + "·" * 62


def test_a_table_behind_an_offset() -> None:
    app = firmware(reset=0x0800_2041)
    facts = describe_image(load(FileBytes("app.bin", app, FLASH + 0x2000)))
    assert facts.vectors is not None
    assert facts.vectors.address == FLASH + 0x2000
    assert facts.flash_map.splitlines()[0].startswith("0x08000000 ········▒·")


@pytest.mark.parametrize(
    "data",
    [b"calibration data", firmware()[:12], firmware(sp=0x2000_4FFF), firmware(reset=0x40), b"x"],
)
def test_data_has_no_vectors(data: bytes) -> None:
    facts = describe_image(load(FileBytes("data.bin", data, FLASH)))
    assert facts.vectors is None


def test_far_segments_do_not_make_an_endless_map() -> None:
    facts = describe_image(load_one(elf32((FLASH, firmware()), (0x2000_0000, bytes(4)))))
    assert len(facts.flash_map.splitlines()) == 2
    facts = describe_image(load(FileBytes("big.bin", bytes(16 * 1024 * KIB), FLASH)))
    assert len(facts.flash_map.splitlines()) == 4 * 16 + 1


@pytest.mark.parametrize(
    ("spans", "cell"),
    [
        ([], "·"),
        ([Span(0, 100)], "·"),
        ([Span(0, 101)], "▒"),
        ([Span(110, 2), Span(130, 2)], "▒"),
        ([Span(100, 100)], "█"),
        ([Span(0, 150), Span(150, 500)], "█"),
    ],
)
def test_a_cell(spans: list[Span], cell: str) -> None:
    assert cell_for(Span(100, 100), spans) == cell


def test_rows_of_64_cells_begin_with_their_address() -> None:
    assert draw_flash_map("a" * 64 + "b", 0x0800_0000, 2048) == [
        "0x08000000 " + "a" * 64,
        "0x08020000 b",
    ]
    assert draw_flash_map([], 0, 1) == []


def test_sectors_of_several_sizes_begin_new_rows() -> None:
    sectors = [Span(0, 16), Span(16, 16), Span(32, 64), Span(96, 64)]
    rows = flash_map([Span(0, 40)], Span(0, 160), sectors).splitlines()
    assert rows == [
        "0x00000000 ██",
        "0x00000020 ▒·",
        "█ image  ▒ partly  · not in the image",
    ]
