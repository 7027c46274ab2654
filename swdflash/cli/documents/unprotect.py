"""Result of `unprotect`."""

from __future__ import annotations

import msgspec

from swdflash.cli.documents.envelope import Seconds, Size
from swdflash.cli.documents.parts import ChipResult, LinkResult, Recovered


class Opened(msgspec.Struct):
    """What was erased for it, and how long all of it took."""

    erased_bytes: Size
    seconds: Seconds
    simulated: bool


class UnprotectResult(msgspec.Struct):
    """`done` is null after `--dry-run`, and where there was nothing to take off."""

    chip: ChipResult
    link: LinkResult
    was_protected: bool
    done: Opened | None
    recovered: Recovered | None
