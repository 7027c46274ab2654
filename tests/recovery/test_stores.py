"""Stores to a register are found in what compilers make, and by encodings from an assembler."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from hypothesis import given
from hypothesis import strategies as st

from swdflash.recovery.stores import find_stores
from tests.recovery.scene import FIRMWARE, firmware

AFIO_MAPR = 0x4001_0004
FLASH = 0x0800_0000


def code_of(elf: Path) -> tuple[bytes, int]:
    """The code, and where it is."""
    with elf.open("rb") as file:
        text = ELFFile(file).get_section_by_name(".text")
        assert text is not None
        return text.data(), text["sh_addr"]


GPIOA_MODER = {"f405": 0x4002_0000, "f072": 0x4800_0000}
FOR_F103 = sorted(path.stem for path in FIRMWARE.glob("*.elf") if path.stem[:4] not in GPIOA_MODER)


@pytest.mark.parametrize("name", FOR_F103)
def test_as_the_disassembler_has_it(name: str) -> None:
    """Those firmwares that store to AFIO_MAPR, at the instruction that objdump shows."""
    found = find_stores(*code_of(firmware(name)), AFIO_MAPR)
    source = (FIRMWARE / f"{name}.c").read_text(encoding="utf-8")
    stores = "swd_off()" in source or "AFIO_MAPR =" in source
    assert len(found) == stores
    if stores:
        listing = disassembled(firmware(name))
        (store,) = found
        assert re.search(
            rf"\b{store.pc:x}:\t.*\tstr\tr{store.source}, \[r{store.base}, #4\]", listing
        )


@pytest.mark.parametrize("chip", GPIOA_MODER)
def test_the_register_of_later_families_too(chip: str) -> None:
    """Whose base compilers for Cortex-M0 make by a shift."""
    elf = firmware(f"{chip}_swd_off")
    (store,) = find_stores(*code_of(elf), GPIOA_MODER[chip])
    line = rf"\b{store.pc:x}:\t.*\tstr\tr{store.source}, \[r{store.base}, #0\]"
    assert re.search(line, disassembled(elf))


def disassembled(elf: Path) -> str:
    objdump = shutil.which("arm-none-eabi-objdump")
    assert objdump is not None
    return subprocess.run([objdump, "-d", elf], capture_output=True, text=True, check=True).stdout


@given(st.binary(max_size=400))
def test_any_bytes_are_searched(data: bytes) -> None:
    for store in find_stores(data, FLASH, AFIO_MAPR):
        assert FLASH <= store.pc < FLASH + len(data)
