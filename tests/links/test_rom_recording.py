from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from swdflash.flashing.plan import PlanOptions
from swdflash.flashing.write import prepare_write
from swdflash.images.image import Image
from swdflash.links.base import RomLink
from swdflash.links.errors import NoAnswer, ReplayStrays
from swdflash.links.recorder import Recording
from swdflash.links.rom_factory import leads_to_rom, open_rom_link
from swdflash.links.rom_recording import record_rom
from swdflash.target.rom_target import RomTarget
from tests.fakes.flash_model import small_chip
from tests.fakes.rom_link import UART, FakeRom, SlowFlash
from tests.flashing.test_write_by_rom import IDENTITY

CHIP = small_chip(sectors=8, size=1024)
OLD, NEW = (random.Random(seed).randbytes(8 * 1024) for seed in (1, 2))


def write(rom: RomLink, folder: Path, image: bytes = NEW) -> float:
    with rom:
        prepared = prepare_write(
            RomTarget(CHIP, rom, IDENTITY),
            Image.of(CHIP.flash.start, image),
            PlanOptions(),
            journals=folder,
        )
        return prepared.carry_out().seconds


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "rom.jsonl"


def test_a_write_plays_back(file: Path, tmp_path: Path) -> None:
    rom = record_rom(Recording(file, [], []), lambda: FakeRom(SlowFlash(CHIP, OLD)))
    took = write(rom, tmp_path)
    assert leads_to_rom(f"replay:{file}")
    assert write(open_rom_link(f"replay:{file}"), tmp_path) == took


def test_another_write_strays(file: Path, tmp_path: Path) -> None:
    rom = record_rom(Recording(file, [], []), lambda: FakeRom(SlowFlash(CHIP, OLD)))
    write(rom, tmp_path)
    with pytest.raises(ReplayStrays):
        write(open_rom_link(f"replay:{file}"), tmp_path, OLD)


def test_unprotecting_plays_back_with_what_the_rom_says_then(file: Path) -> None:
    fake = FakeRom(SlowFlash(CHIP, OLD), replace(UART, protected=True))
    fake.after_unprotect = lambda: UART
    with record_rom(Recording(file, [], []), lambda: fake) as rom:
        rom.unprotect(CHIP)
    with open_rom_link(f"replay:{file}") as replayed:
        assert replayed.about.protected
        replayed.unprotect(CHIP)
        assert replayed.about == UART


def test_silence_plays_back(file: Path) -> None:
    def silent() -> RomLink:
        raise NoAnswer("nothing came back")

    with pytest.raises(NoAnswer), Recording(file, [], []) as recording:
        record_rom(recording, silent)
    with pytest.raises(NoAnswer):
        open_rom_link(f"replay:{file}")
