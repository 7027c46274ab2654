"""What a chip's choice of boot memory depends on, as far as it can be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from swdflash.chips.boot import boot_pattern
from swdflash.chips.chip import Chip
from swdflash.chips.data import family_of
from swdflash.chips.family import BootRow, FieldName
from swdflash.links.base import DebugLink
from swdflash.target.boot import BootSource


class SettingKind(StrEnum):
    """What a setting is."""

    PIN = "pin"
    OPTION_BIT = "option-bit"
    REGISTER = "register"


@dataclass(frozen=True)
class Setting:
    """A pin, an option bit or a register's field; `value` is None where nothing tells it."""

    name: str  # "BOOT0", "nBOOT1"
    kind: SettingKind
    value: int | None
    how: str  # by what it is known, or why it is not

    @property
    def words(self) -> str:
        """As the manuals write it: BOOT0 = 1."""
        return f"{self.name} = {'?' if self.value is None else self.value}"


def read_settings(link: DebugLink, chip: Chip, source: BootSource) -> tuple[Setting, ...]:
    """Every setting that this chip's boot looks at, `source` being what it booted.

    Raises LinkError.
    """
    boot = family_of(chip).boot
    return (
        _boot0(boot, source),
        *_boot1(link, chip, boot),
        *_option_bits(link, chip),
        *_remap(link, chip, boot),
    )


def levels(boot: BootRow, source: BootSource) -> Mapping[str, int]:
    """Levels of pins, by their names in lower case, that make a chip boot `source`."""
    rows = {
        BootSource.FLASH: boot.flash,
        BootSource.SYSTEM_MEMORY: boot.system_memory,
        BootSource.SRAM: boot.sram,
    }
    return rows.get(source, {})


def _boot0(boot: BootRow, source: BootSource) -> Setting:
    """No register shows this pin: what was booted tells its level at the last reset."""
    value = levels(boot, source).get("boot0")
    if value is None:
        how = "no register shows this pin"
    else:
        unless = f", unless {boot.remap.field} was changed since" if boot.remap else ""
        how = f"at the last reset, as it booted {source}{unless}"
    return Setting("BOOT0", SettingKind.PIN, value, how)


def _boot1(link: DebugLink, chip: Chip, boot: BootRow) -> Iterator[Setting]:
    if boot.boot1 is None:
        return
    name, row = f"BOOT1 ({boot.boot1})", boot.boot1_level
    if row is None:
        yield Setting(name, SettingKind.PIN, None, "no register shows this pin")
    elif not _clocked(link, chip, row):
        yield Setting(name, SettingKind.PIN, None, f"{row.clock[1]} is 0: its port has no clock")
    else:
        value = _field(link, chip, row.register, row.field)
        yield Setting(name, SettingKind.PIN, value, f"now, by {row.register}.{row.field}")


def _option_bits(link: DebugLink, chip: Chip) -> Iterator[Setting]:
    for name in boot_pattern(chip).bits:
        register = next(reg for reg, layout in chip.layouts.items() if name in layout.fields)
        value = _field(link, chip, register, name)
        yield Setting(name, SettingKind.OPTION_BIT, value, f"{register}.{name}")


def _remap(link: DebugLink, chip: Chip, boot: BootRow) -> Iterator[Setting]:
    """What is seen at address 0, where software can change it."""
    row = boot.remap
    if row is None:
        return
    if _clocked(link, chip, row):
        value, how = _field(link, chip, row.register, row.field), f"{row.register}.{row.field}"
    else:
        value, how = None, f"{row.clock[1]} is 0: {row.register} has no clock"
    yield Setting(row.field, SettingKind.REGISTER, value, how)


def _clocked(link: DebugLink, chip: Chip, row: FieldName) -> bool:
    return bool(_field(link, chip, *row.clock))


def _field(link: DebugLink, chip: Chip, register: str, field: str) -> int:
    return chip.layouts[register].fields[field].of(link.read32(chip.registers[register]))
