"""Results of `dbgmcu show`, `set` and `clear`."""

from __future__ import annotations

import msgspec

from swdflash.cli.documents.envelope import address
from swdflash.cli.documents.parts import ChipResult, Hex, LinkResult, Recovered
from swdflash.target.dbgmcu import Dbgmcu


class DbgmcuResult(msgspec.Struct):
    """DBGMCU_CR as it was found, by ST's field names."""

    value: Hex
    fields: dict[str, int]
    keeps_debug_in_low_power: bool


class DbgmcuShowResult(msgspec.Struct):
    """DBGMCU_CR as it was found, and what its fields are for."""

    chip: ChipResult
    link: LinkResult
    dbgmcu: DbgmcuResult
    groups: dict[str, list[str]]
    recovered: Recovered | None


class DbgmcuChangeResult(msgspec.Struct):
    """DBGMCU_CR before and after; `done` is false after `--dry-run`, `after` then as before."""

    chip: ChipResult
    link: LinkResult
    before: DbgmcuResult
    after: DbgmcuResult
    in_reset: bool
    done: bool
    recovered: Recovered | None


def dbgmcu_result(dbgmcu: Dbgmcu) -> DbgmcuResult:
    """The document for a value of the register."""
    return DbgmcuResult(address(dbgmcu.value), dict(dbgmcu.fields), dbgmcu.keeps_debug_in_low_power)
