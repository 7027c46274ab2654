"""Results of `list` and `targets`."""

from __future__ import annotations

import msgspec

from swdflash.cli.documents.parts import ChipKind, Range


class Probe(msgspec.Struct):
    """A debug probe; `access` is `ok` or why it cannot be used."""

    via: str
    serial: str
    vendor: str
    product: str
    access: str


class ListResult(msgspec.Struct):
    """What is plugged in."""

    probes: list[Probe]


class TargetsResult(msgspec.Struct):
    """Chips known; of a single one its memory, too."""

    chips: list[ChipKind]
    memory: dict[str, Range] = {}
