"""DBGMCU_CR by bit name: what goes on counting and clocking while the core sleeps or is halted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from swdflash.chips.chip import Chip
from swdflash.chips.data import family_of
from swdflash.links.base import DebugLink
from swdflash.target.errors import DbgmcuNotTaken, UnknownDbgmcuBit

CR = "DBGMCU_CR"


@dataclass(frozen=True)
class Dbgmcu:
    """DBGMCU_CR (RM0008 §31.16.3). Only a power-on reset clears it."""

    value: int
    fields: dict[str, int]  # every field of it, by ST's name

    @property
    def set_bits(self) -> tuple[str, ...]:
        """Names of the fields that are not 0, lowest first."""
        return tuple(name for name, content in self.fields.items() if content)

    @property
    def keeps_debug_in_low_power(self) -> bool:
        """Whether SWD goes on answering in Sleep, Stop and Standby."""
        names = ("DBG_SLEEP", "DBG_STOP", "DBG_STANDBY")  # not all chips have the first
        return all(self.fields[name] for name in names if name in self.fields)


def dbgmcu_of(chip: Chip, value: int) -> Dbgmcu:
    """What a value of DBGMCU_CR says."""
    return Dbgmcu(value, chip.layouts[CR].named(value))


def read_dbgmcu(link: DebugLink, chip: Chip) -> Dbgmcu:
    """Read DBGMCU_CR. Raises LinkError."""
    return dbgmcu_of(chip, link.read32(chip.registers[CR]))


def fields_named(chip: Chip, words: Iterable[str], *, content: int) -> dict[str, int]:
    """Fields by ST's name or by group ("low-power"), each to become `content`.

    `NAME=VALUE` gives a field of several bits its own content; otherwise all of its bits are
    meant. Raises UnknownDbgmcuBit.
    """
    fields = chip.layouts[CR].fields
    groups = family_of(chip).dbgmcu.groups
    wanted: dict[str, int] = {}
    for word in words:
        name, equals, digits = word.partition("=")
        names = groups.get(name.lower(), (name.upper(),))
        for each in names:
            if each not in fields:
                raise _unknown(name, (*groups, *fields))
            full = (1 << fields[each].width) - 1
            wanted[each] = _content(word, digits, full) if equals else full * content
    return wanted


def _content(word: str, digits: str, full: int) -> int:
    try:
        value = int(digits, 0)
    except ValueError:
        value = -1
    if not 0 <= value <= full:
        raise UnknownDbgmcuBit(word, f"it takes a number from 0 to {full}", "")
    return value


def _unknown(name: str, known: tuple[str, ...]) -> UnknownDbgmcuBit:
    by_key = {each.upper(): each for each in known}
    near = get_close_matches(name.upper(), by_key, n=1, cutoff=0.5)
    reason = f"the nearest is {by_key[near[0]]}" if near else "nothing there is called like that"
    return UnknownDbgmcuBit(name, reason, ", ".join(known))


def mask_of(chip: Chip, names: Iterable[str]) -> int:
    """The bits of these fields."""
    fields = chip.layouts[CR].fields
    mask = 0
    for name in names:
        mask |= fields[name].mask
    return mask


def change_dbgmcu(link: DebugLink, chip: Chip, contents: Mapping[str, int]) -> Dbgmcu:
    """Read, modify, write, read back; fields that are not named stay as they are.

    Raises DbgmcuNotTaken where a field does not stay as it was written, and LinkError.
    """
    fields = chip.layouts[CR].fields
    before = value = link.read32(chip.registers[CR])
    for name, content in contents.items():
        value = fields[name].put(value, content)
    if value != before:
        link.write32(chip.registers[CR], value)
    after = read_dbgmcu(link, chip)
    refused = [name for name, content in contents.items() if after.fields[name] != content]
    if refused:
        raise DbgmcuNotTaken(", ".join(refused), chip.name, after.value)
    return after
