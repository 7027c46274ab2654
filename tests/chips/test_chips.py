from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from swdflash.chips import files
from swdflash.chips.boards import board_named, boards
from swdflash.chips.chip import Chip
from swdflash.chips.data import chip_named, find_device, known_chips
from swdflash.chips.errors import UnknownBoard, UnknownChipName
from swdflash.memory import Span


@pytest.mark.parametrize("chip", known_chips(), ids=lambda chip: chip.name)
def test_flash_is_pages_without_gaps(chip: Chip) -> None:
    pages = chip.flash.sectors
    assert pages[0].start == chip.flash.start == 0x0800_0000
    assert all(one.end == two.start for one, two in itertools.pairwise(pages))
    assert sum(page.size for page in pages) == chip.flash.span.size
    assert chip.sram[0].covers(chip.work_area)


def test_the_blue_pills_chip() -> None:
    chip = chip_named("STM32F103C8")
    assert chip.flash.span == Span(0x0800_0000, 64 * 1024)
    assert len(chip.flash.sectors) == 64
    assert chip.sram == (Span(0x2000_0000, 20 * 1024),)
    assert chip.flash.program.typ == pytest.approx(52.5e-6)
    assert chip.flash.erase_time(chip.flash.sectors[0]).max == pytest.approx(40e-3)
    assert chip.crc_unit == 0x4002_3000
    assert chip.clone is None


def test_xl_density_has_a_second_bank_with_its_own_controller() -> None:
    one, two = chip_named("STM32F103RF").flash.banks  # 768 KiB: 512 and 256
    assert (one.controller, two.controller) == (0x4002_2000, 0x4002_2040)
    assert one.span == Span(0x0800_0000, 512 * 1024)
    assert two.span == Span(0x0808_0000, 256 * 1024)


def test_sectors_of_an_f405_differ_in_size_and_time() -> None:
    flash = chip_named("STM32F405RG").flash
    sizes = [sector.size // 1024 for sector in flash.sectors]
    assert sizes == [16] * 4 + [64] + [128] * 7
    assert [flash.erase_time(flash.sectors[at]).typ for at in (0, 4, 11)] == [0.25, 0.55, 1.0]
    assert flash.mass_erase.typ == 8
    assert len(chip_named("STM32F407VE").flash.sectors) == 8


def test_programming_by_smaller_units_takes_longer() -> None:
    flash = chip_named("STM32F405RG").flash
    assert (flash.unit, [times.unit for times in flash.slower]) == (4, [1, 2])
    slow = flash.with_unit(1)
    assert slow.unit == 1
    assert slow.erase_time(slow.sectors[11]).typ == 2
    assert slow.mass_erase.max == 32
    assert slow.with_unit(4).times == flash.times
    with pytest.raises(KeyError):
        flash.with_unit(8)
    pill = chip_named("STM32F103C8").flash
    assert pill.with_unit(2) == pill


def test_families_without_a_loader_are_programmed_by_their_rom() -> None:
    loaders = {chip.family: chip.loader for chip in known_chips()}
    assert loaders["STM32F0"] is loaders["STM32F4"] is None
    assert loaders["STM32F1"]


@pytest.mark.parametrize(
    ("name", "becomes"),
    [
        ("STM32F405RG", "STM32F405RG"),
        ("stm32f407vet6", "STM32F407VE"),
        ("STM32F072RBT6", "STM32F072RB"),
        ("STM32F072C8", "STM32F072C8"),
        ("STM32F103C8", "STM32F103C8"),
        ("stm32f103c8t6", "STM32F103C8"),
        ("STM32F103x8", "STM32F103x8"),
        ("STM32F103C8Tx", "STM32F103C8"),
        ("STM32F107VC", "STM32F107VC"),
    ],
)
def test_names_as_people_write_them(name: str, becomes: str) -> None:
    assert chip_named(name).name == becomes


@pytest.mark.parametrize(
    "name", ["", "STM32", "STM32F103", "STM32F103C", "STM32F103CZ", "STM32F999C8", "STM32F107C4"]
)
def test_names_that_nobody_sells(name: str) -> None:
    with pytest.raises(UnknownChipName) as caught:
        chip_named(name)
    assert caught.value.explain().why


def test_a_named_part_has_all_its_sram_and_an_unnamed_one_what_is_sure() -> None:
    device = find_device(0x410)
    assert device
    assert device.chip(64).sram[0].size == 20 * 1024
    assert device.chip(64).work_area.size == 10 * 1024  # it may be an F101 or F102
    assert chip_named("STM32F103C8").work_area.size == 20 * 1024


def test_an_odd_size_keeps_to_the_smaller_parts_sram() -> None:
    device = find_device(0x414)
    assert device
    chip = device.chip(300)
    assert chip.name == "STM32F103 (300 KiB)"
    assert chip.sram[0].size == 48 * 1024


def test_no_device_has_this_id() -> None:
    assert find_device(0x411) is None  # STM32F2


def test_every_board_has_a_chip() -> None:
    assert {board.name for board in boards()} >= {"bluepill", "bluepill-128k", "nucleo-f103rb"}
    assert board_named("bluepill").make_chip() == chip_named("STM32F103C8")
    assert all(board.make_chip().name == board.chip for board in boards())
    with pytest.raises(UnknownBoard):
        board_named("greenpill")


def test_targets_inside_the_package_come_before_those_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "lib" / "swdflash"
    (package / "chips").mkdir(parents=True)
    monkeypatch.setattr(files, "__file__", str(package / "chips" / "files.py"))
    find = files.targets_directory.__wrapped__
    assert find() == tmp_path / "lib" / "targets"
    (package / "targets").mkdir()
    assert find() == package / "targets"
