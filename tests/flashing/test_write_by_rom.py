"""A write over a ROM bootloader: the same plan and journal, on a link without digests."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from swdflash.flashing.erase import prepare_erase
from swdflash.flashing.errors import EraseNeeded, WriteCutShort
from swdflash.flashing.plan import EraseMode, PlanOptions
from swdflash.flashing.read import read_memory, verify_image
from swdflash.flashing.write import plan_write, prepare_write
from swdflash.images.image import Image
from swdflash.memory import Span
from swdflash.target.errors import PagesWriteProtected, ReadProtected
from swdflash.target.rom_target import RomIdentity, RomTarget
from tests.fakes.flash_model import small_chip
from tests.fakes.rom_link import UART, FakeRom, SlowFlash

CHIP = small_chip(sectors=8, size=1024)
START = CHIP.flash.start
SECTORS = CHIP.flash.sectors
OLD = random.Random(1).randbytes(8 * 1024)
NEW = random.Random(2).randbytes(8 * 1024)
FREE = b"\xa5\x5a\xff\x00" + b"\xff\x00" * 6
IDENTITY = RomIdentity(
    dev_id=0x410,
    revision=None,
    flash_kib=8,
    size_register=8,
    uid="0102030405060708090a0b0c",
    clone=None,
    told_by="its product ID",
)


class Bench:
    def __init__(self, journals: Path) -> None:
        by_rom = replace(CHIP, flash=CHIP.flash.in_steps_of(CHIP.rom.write_bytes))
        self.flash = SlowFlash(by_rom, OLD)
        self.rom = FakeRom(self.flash)
        self.rom.memory[CHIP.option_bytes.start] = FREE
        self.chip = replace(CHIP, option_byte_at={"WRP0": CHIP.option_bytes.start + 8})
        self.target = RomTarget(self.chip, self.rom, IDENTITY)
        self.journals = journals

    def write(
        self, image: Image, options: PlanOptions | None = None, *, reset: bool = True
    ) -> None:
        prepared = prepare_write(
            self.target, image, options or PlanOptions(), journals=self.journals
        )
        prepared.carry_out(reset=reset)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_whole_program_is_written_and_started(bench: Bench) -> None:
    bench.write(Image.of(START, NEW))
    assert bytes(bench.flash.data) == NEW
    assert bench.flash.ran == [START]


def test_without_a_reset_it_stays_in_the_rom(bench: Bench) -> None:
    bench.write(Image.of(START, NEW), reset=False)
    assert bench.flash.ran == []


def test_half_written_it_stays_in_the_rom_and_untouched_it_need_not(bench: Bench) -> None:
    bench.flash.cut = lambda _act: True
    with pytest.raises(WriteCutShort):
        bench.write(Image.of(START, NEW))
    assert bench.rom.stays
    with pytest.raises(EraseNeeded):
        bench.write(Image.of(START, NEW), PlanOptions(erase=EraseMode.NONE))
    assert not bench.rom.stays


def test_bytes_beside_the_image_survive(bench: Bench) -> None:
    bench.write(Image.of(START + 0x506, b"twelve bytes"))
    assert bytes(bench.flash.data) == OLD[:0x506] + b"twelve bytes" + OLD[0x512:]


def test_kept_bytes_survive_a_lost_link(bench: Bench) -> None:
    bench.flash.cut = lambda _act: True
    with pytest.raises(WriteCutShort):
        bench.write(Image.of(START + 0x506, b"twelve bytes"))
    bench.flash.cut = lambda _act: False
    bench.write(Image.of(START + 0x506, b"twelve bytes"))
    assert bytes(bench.flash.data) == OLD[:0x506] + b"twelve bytes" + OLD[0x512:]


def test_an_unchanged_program_is_read_once_and_nothing_else(bench: Bench) -> None:
    bench.write(Image.of(START, OLD))
    assert sum(span.size for span in bench.flash.reads) == len(OLD)
    assert not bench.flash.erases
    assert not bench.flash.programmed_units


def test_a_full_rewrite_reads_little_before_it_writes(bench: Bench) -> None:
    prepare_write(bench.target, Image.of(START, NEW), journals=bench.journals)
    assert sum(span.size for span in bench.flash.reads) <= 8 * 16


def test_a_dry_run_plans_the_same(bench: Bench) -> None:
    image = Image.of(START + 100, NEW[:3000])
    dry = plan_write(bench.target, image, journals=bench.journals)
    assert dry == prepare_write(bench.target, image, journals=bench.journals).plan
    assert bytes(bench.flash.data) == OLD


def test_erasing_everything_reads_nothing_before(bench: Bench) -> None:
    bench.write(Image.of(START, NEW[:1000]), PlanOptions(erase=EraseMode.CHIP, verify=False))
    assert bytes(bench.flash.data) == NEW[:1000].ljust(8 * 1024, b"\xff")
    assert bench.flash.reads == []


def test_a_read_protected_chip_is_left_alone(bench: Bench) -> None:
    bench.rom.about = replace(UART, protected=True)
    image = Image.of(START, NEW)
    for attempt in (
        lambda: bench.write(image),
        lambda: verify_image(bench.target, image),
        lambda: read_memory(bench.target, Span(START, 4)),
        lambda: prepare_erase(bench.target),
    ):
        with pytest.raises(ReadProtected):
            attempt()
    assert bytes(bench.flash.data) == OLD


def test_write_protected_pages_are_seen_before_anything_is_erased(bench: Bench) -> None:
    bench.rom.memory[CHIP.option_bytes.start] = FREE[:8] + b"\xfe\x01" + FREE[10:]
    with pytest.raises(PagesWriteProtected):
        bench.write(Image.of(START, NEW))
    bench.write(Image.of(START + 4 * 1024, NEW[:4096]))  # the next group of four pages
    assert bytes(bench.flash.data) == OLD[:4096] + NEW[:4096]


def test_only_whole_steps_of_the_rom_are_programmed(bench: Bench) -> None:
    """Two bytes beside two that are written: the cells of the first may not be written again."""
    bench.flash.data[:] = b"\xff" * len(bench.flash.data)
    bench.write(Image.of(START + 4, b"ab"))
    before = bench.flash.erases.copy()
    bench.write(Image.of(START + 6, b"cd"))
    assert bytes(bench.flash.data[4:8]) == b"abcd"
    assert bench.flash.erases - before == {SECTORS[0]: 1}


def test_a_range_is_erased(bench: Bench) -> None:
    prepare_erase(bench.target, [Span(START + 1024, 1)], journals=bench.journals).carry_out()
    assert bytes(bench.flash.data) == OLD[:1024] + b"\xff" * 1024 + OLD[2048:]
