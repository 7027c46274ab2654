"""What a chip boots from and why, and what its core does now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from swdflash.chips.boot import boot_pattern, boot_pins
from swdflash.chips.boot_patterns import BootWay
from swdflash.chips.chip import Chip
from swdflash.chips.data import family_of
from swdflash.target.boot import Boot, BootSource, read_boot
from swdflash.target.boot_settings import Setting, levels, read_settings
from swdflash.target.running import Region, Running, where_it_runs
from swdflash.target.target import Target


@dataclass(frozen=True)
class BootState:
    """As found over SWD."""

    boot: Boot
    running: Running
    settings: tuple[Setting, ...]
    why: tuple[str, ...]  # what made it so, in words

    @property
    def in_rom(self) -> bool:
        """Whether the ROM bootloader is what runs."""
        region = self.running.region
        if region is Region.AT_ZERO or region is None:
            return self.boot.source is BootSource.SYSTEM_MEMORY
        return region is Region.SYSTEM_MEMORY


def read_boot_state(target: Target) -> BootState:
    """Look, without disturbing what runs. Raises LinkError."""
    link, chip = target.link, target.chip
    boot = read_boot(link, chip)
    settings = read_settings(link, chip, boot.source)
    running = where_it_runs(link, chip)
    return BootState(boot, running, settings, tuple(reasons(chip, boot, settings, running)))


def reasons(
    chip: Chip, boot: Boot, settings: tuple[Setting, ...], running: Running
) -> Iterator[str]:
    """Why it boots what it boots, and what is odd about it."""
    row = family_of(chip).boot
    if boot.source is BootSource.SYSTEM_MEMORY:
        ways = (way.words(boot_pins(chip)) for way in possible_ways(chip, settings))
        yield f"system memory is booted by {'; or '.join(ways)}"
    elif needed := levels(row, boot.source):
        words = (f"{_spelled(name)} = {level}" for name, level in needed.items())
        yield f"{boot.source} is booted by {' and '.join(words)}"
    if boot.source is BootSource.FLASH and boot.empty:
        yield "flash holds no program: the core locks up, or the ROM is started where it looks"
    if running.region is Region.SYSTEM_MEMORY and boot.source is not BootSource.SYSTEM_MEMORY:
        yield "the ROM runs all the same: a debugger or the program has started it"
    if running.region is Region.SRAM and boot.source is not BootSource.SRAM:
        yield "the core executes from SRAM: a debugger or the program went there"


def possible_ways(chip: Chip, settings: tuple[Setting, ...]) -> tuple[BootWay, ...]:
    """The ways into system memory that the option bits leave open; all, if none fits."""
    bits = {each.name: each.value for each in settings}
    every = boot_pattern(chip).ways
    fitting = tuple(
        way for way in every if all(bits.get(name, v) == v for name, v in way.bits.items())
    )
    return fitting or every


def _spelled(name: str) -> str:
    """Pins in capitals, as the manuals have them."""
    return name.upper() if name.startswith("boot") else name
