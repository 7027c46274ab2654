"""docs/bootloader-reference.md says what `targets/` says."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import bootloader_reference
from swdflash.chips.data import devices
from swdflash.chips.rom import Quirk
from swdflash.chips.rom_quirks import quirk_words


def test_the_reference_is_current() -> None:
    written = bootloader_reference.REFERENCE.read_text(encoding="utf-8")
    assert written == bootloader_reference.reference(), "run scripts/bootloader_reference.py"


def test_the_script_writes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootloader_reference, "REFERENCE", tmp_path / "reference.md")
    assert bootloader_reference.main() == 0
    assert (tmp_path / "reference.md").read_text() == bootloader_reference.reference()


def test_nothing_of_the_data_is_left_out() -> None:
    for device in devices():
        text = "\n".join(bootloader_reference.section(device))
        rom = device.row.rom
        wanted = [pin for each in rom.interfaces for pin in each.pins.values()]
        wanted += [each.note for each in rom.interfaces if each.note]
        wanted += [*rom.notes, *rom.quirks, f"{device.dev_id:#05x}", f"{rom.starts_ms:g} ms"]
        wanted += [f"`{value:#04x}`" for value in rom.versions]
        assert [each for each in wanted if each not in text] == []


def test_quirks_are_explained() -> None:
    lines = list(bootloader_reference.quirks({Quirk.NO_MASS_ERASE}))
    assert quirk_words()[Quirk.NO_MASS_ERASE].what in lines[-1]
    assert list(bootloader_reference.quirks(set())) == []
