"""Changing DBGMCU_CR by name."""

from __future__ import annotations

from collections.abc import Sequence

from swdflash.chips.chip import Chip
from swdflash.chips.data import family_of
from swdflash.target.dbgmcu import Dbgmcu, dbgmcu_of, fields_named, read_dbgmcu
from swdflash.target.target import Target


def change_dbgmcu(
    target: Target, words: Sequence[str], content: int, *, in_reset: bool = False
) -> tuple[Dbgmcu, Dbgmcu, bool]:
    """Give fields or groups of fields a content (0 or 1) that stays.

    Returns the register before and after, and whether the core was in reset meanwhile.
    `in_reset` writes while NRST is low, and so resets a chip whose NRST is wired. Raises
    UnknownDbgmcuBit before anything is changed, DbgmcuNotTaken, LinkError.
    """
    contents = fields_named(target.chip, words, content=content)
    presence = target.presence
    if in_reset:
        return presence.change_in_reset(contents)
    return *presence.change(contents), False


def dbgmcu_found(target: Target) -> Dbgmcu:
    """DBGMCU_CR as it was before connecting changed it. Raises LinkError."""
    return target.presence.found or read_dbgmcu(target.link, target.chip)


def dbgmcu_after(chip: Chip, before: Dbgmcu, words: Sequence[str], content: int) -> Dbgmcu:
    """What `change_dbgmcu` would make of it. Raises UnknownDbgmcuBit."""
    value = before.value
    for name, each in fields_named(chip, words, content=content).items():
        value = chip.layouts["DBGMCU_CR"].fields[name].put(value, each)
    return dbgmcu_of(chip, value)


def dbgmcu_groups(chip: Chip) -> dict[str, list[str]]:
    """The register's fields by what they are for."""
    return {group: list(names) for group, names in family_of(chip).dbgmcu.groups.items()}
