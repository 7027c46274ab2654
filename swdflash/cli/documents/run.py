"""Results of `reset` and `go`."""

from __future__ import annotations

import msgspec

from swdflash.cli.documents.envelope import Address
from swdflash.cli.documents.parts import ChipResult, LinkResult, Recovered


class ResetResult(msgspec.Struct):
    """How the chip was reset; `done` is false after `--dry-run`."""

    chip: ChipResult
    link: LinkResult
    kind: str
    halted: bool
    done: bool
    recovered: Recovered | None


class GoResult(msgspec.Struct):
    """The program that was started."""

    chip: ChipResult
    link: LinkResult
    address: Address
    initial_sp: Address
    reset: Address
    done: bool
    recovered: Recovered | None
