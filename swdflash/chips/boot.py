"""How a chip is brought to boot its system memory, from what `targets/` has of it."""

from __future__ import annotations

from swdflash.chips.boot_patterns import BootPattern, boot_patterns
from swdflash.chips.chip import Chip
from swdflash.chips.data import family_of


def boot_pattern(chip: Chip) -> BootPattern:
    """The chip's row of AN2606 Table 2."""
    return boot_patterns()[chip.rom.pattern]


def boot_pins(chip: Chip) -> dict[str, str]:
    """Boot pins that are a port's pin, too: {"BOOT1": "PB2"}; empty where none is."""
    boot1 = family_of(chip).boot.boot1
    return {"BOOT1": boot1} if boot1 else {}


def activation(chip: Chip) -> tuple[str, ...]:
    """Each way into the ROM in words: `BOOT0 = 1 and BOOT1 (PB2) = 0`."""
    return tuple(way.words(boot_pins(chip)) for way in boot_pattern(chip).ways)
