"""Results of `read` and `backup`."""

from __future__ import annotations

import msgspec

from swdflash.cli.documents.envelope import Address, Seconds, Size
from swdflash.cli.documents.parts import ChipResult, LinkResult, Recovered


class SavedFile(msgspec.Struct):
    """Bytes of the chip in a file."""

    file: str
    address: Address
    size: Size
    sha256: str  # of the bytes, whatever the file's format


class ReadResult(msgspec.Struct):
    """What was read, and where it is now."""

    chip: ChipResult
    link: LinkResult
    saved: SavedFile
    seconds: Seconds
    simulated: bool
    recovered: Recovered | None


class BackupResult(msgspec.Struct):
    """All of flash, and the option bytes in a file beside it."""

    chip: ChipResult
    link: LinkResult
    flash: SavedFile
    option_bytes: SavedFile
    seconds: Seconds
    simulated: bool
    recovered: Recovered | None
