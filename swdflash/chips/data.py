"""Answers questions about the chips in `targets/`."""

from __future__ import annotations

import re
from functools import cache

from swdflash.chips.chip import Chip
from swdflash.chips.device import FLASH_CODES, Device
from swdflash.chips.errors import UnknownChipName
from swdflash.chips.family import Family
from swdflash.chips.files import targets_directory
from swdflash.chips.load import load_family

PART_NUMBER = re.compile(r"(?P<line>STM32[A-Z]\d\d\d)(?P<pins>[A-Z])(?P<flash>[0-9A-Z])\w*")


@cache
def families() -> tuple[Family, ...]:
    """Every family known, by file name. Raises BadTargetFile."""
    return tuple(load_family(path) for path in sorted(targets_directory().glob("stm32*.toml")))


@cache
def devices() -> tuple[Device, ...]:
    """Every device of every family."""
    return tuple(Device(family, row) for family in families() for row in family.device)


def family_of(chip: Chip) -> Family:
    """The family that a chip was built from."""
    return next(family for family in families() if family.family == chip.family)


def find_device(dev_id: int) -> Device | None:
    """What a DBGMCU_IDCODE.DEV_ID stands for, or None."""
    return next((device for device in devices() if device.dev_id == dev_id), None)


def chip_named(name: str) -> Chip:
    """The chip sold as `name`: "STM32F103C8", "stm32f103c8t6", "STM32F103x8".

    Raises UnknownChipName.
    """
    match = PART_NUMBER.fullmatch(name.upper())
    if not match:
        raise UnknownChipName(name, "a part number looks like STM32F103C8")
    line, flash_kib = match["line"], FLASH_CODES.get(match["flash"])
    found = [device for device in devices() if line in device.row.sram_kib]
    if not found:
        raise UnknownChipName(name, f"no line is called {line}")
    for device in found:
        if flash_kib in device.row.sram_kib[line]:
            short = f"{line}{match['pins'].replace('X', 'x')}{match['flash']}"
            return device.chip(flash_kib, line, name=short)
    raise UnknownChipName(name, f"{line} is not sold with the flash code {match['flash']!r}")


@cache
def known_chips() -> tuple[Chip, ...]:
    """One chip for every line and flash size, for `swdflash targets`."""
    return tuple(
        device.chip(flash_kib, line)
        for device in devices()
        for line, table in device.row.sram_kib.items()
        for flash_kib in table
    )
