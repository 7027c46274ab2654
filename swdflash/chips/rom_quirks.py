"""Quirks of ROM bootloaders in words: `targets/rom_quirks.toml`."""

from __future__ import annotations

from functools import cache

from swdflash.chips.files import load_rows, targets_directory
from swdflash.chips.rom import Quirk
from swdflash.chips.row import Row


class QuirkWords(Row, frozen=True):
    """A quirk, explained."""

    name: Quirk
    what: str  # what the ROM does
    handled: str  # what swdflash does about it


class QuirksFile(Row, frozen=True):
    """The whole file."""

    quirk: tuple[QuirkWords, ...]


@cache
def quirk_words() -> dict[Quirk, QuirkWords]:
    """Every quirk explained. Raises BadTargetFile."""
    rows = load_rows(targets_directory() / "rom_quirks.toml", QuirksFile)
    return {row.name: row for row in rows.quirk}
