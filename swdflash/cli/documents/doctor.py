"""Result of `doctor`."""

from __future__ import annotations

import msgspec

from swdflash.cli.documents.host import ListResult


class Check(msgspec.Struct):
    """A line of the report; `level` is `ok`, `warning` or `bad`."""

    check: str
    level: str
    what: str
    mend: str


class DoctorResult(msgspec.Struct):
    """The machine; serial numbers are shortened unless --full was given."""

    system: str
    checks: list[Check]
    attached: ListResult
    full: bool
