"""A chip's journal is the same by every way, also by one that does not tell the chip's ID."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from swdflash.chips.data import chip_named
from swdflash.flashing.errors import WriteCutShort
from swdflash.flashing.whose_journal import journal_of
from swdflash.images.image import Image
from swdflash.links.dfu.evidence import serial_of
from swdflash.target.rom_target import RomTarget
from tests.flashing.test_write_by_rom import IDENTITY, OLD, START, Bench

UID = bytes.fromhex(IDENTITY.uid)
F405, F072 = chip_named("STM32F405RG"), chip_named("STM32F072RB")
IMAGE = Image.of(START + 0x410, b"new" * 100)
OTHER = Image.of(START + 0x1410, b"other" * 10)


def known(bench: Bench) -> RomTarget:
    return RomTarget(bench.chip, bench.rom, IDENTITY)


def unknown(bench: Bench, serial: str = serial_of(UID), rom: object = F405.rom) -> RomTarget:
    """The same chip by a USB bootloader that refuses its UID."""
    bench.rom.about = replace(bench.rom.about, protocol="AN3156", product_id=None, serial=serial)
    chip = replace(bench.chip, rom=rom)  # type: ignore[arg-type]
    return RomTarget(chip, bench.rom, replace(IDENTITY, uid=""))


def cut_off(bench: Bench) -> None:
    """A write that ends after its first erase."""
    bench.flash.cut = lambda act: act > 1
    with pytest.raises(WriteCutShort):
        bench.write(IMAGE)
    bench.flash.cut = lambda _act: False


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.mark.parametrize("first", [known, unknown])
@pytest.mark.parametrize("second", [known, unknown])
def test_what_one_way_kept_the_other_puts_back(bench: Bench, first: object, second: object) -> None:
    assert callable(first)
    assert callable(second)
    bench.target = first(bench)
    cut_off(bench)
    assert len(list(bench.journals.iterdir())) == 1
    bench.target = second(bench)
    bench.write(OTHER)
    for span in (slice(0x400, 0x410), slice(0x410 + 300, 0x800)):
        assert bytes(bench.flash.data[span]) == OLD[span]
    assert not list(bench.journals.iterdir())


@pytest.mark.parametrize(
    ("serial", "rom"), [("FFFFFFFEFFFF", F072.rom), ("STM32FxSTM32", F405.rom), ("", F405.rom)]
)
def test_a_serial_number_that_others_have_names_no_journal(
    bench: Bench, serial: str, rom: object
) -> None:
    assert journal_of(unknown(bench, serial, rom), bench.journals) is None


def test_another_chips_journal_is_left_alone(bench: Bench) -> None:
    cut_off(bench)
    other = unknown(bench, serial_of(UID[::-1]))
    journal = journal_of(other, bench.journals)
    assert journal is not None
    assert journal.load() == ()
