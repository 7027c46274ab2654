"""Where an image comes from: a file, and for a BIN its address, as in `data.bin@0x0800f000`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from swdflash.images.errors import BadImageAddress

_ADDRESS = re.compile(r"0[xX][0-9a-fA-F_]+|0|[1-9][0-9_]*")


@dataclass(frozen=True)
class Source:
    """A file to load, at `address` where it brings none itself."""

    path: Path
    address: int | None = None


def parse_source(text: str) -> Source:
    """Split `PATH@ADDRESS`; the address is hexadecimal with 0x, or decimal.

    A path may contain `@`: what follows the last one is an address if it begins with a digit,
    unless a file of the whole name exists. Raises BadImageAddress.
    """
    path, at, tail = text.rpartition("@")
    if not at or not path or not tail[:1].isdigit() or Path(text).is_file():
        return Source(Path(text))
    if not _ADDRESS.fullmatch(tail):
        if "." in tail or "/" in tail:  # notes@2.bin
            return Source(Path(text))
        raise BadImageAddress(path, tail)
    try:
        address = int(tail, 0)
    except ValueError:  # an underscore at the wrong place
        raise BadImageAddress(path, tail) from None
    if address > 0xFFFF_FFFF:
        raise BadImageAddress(path, tail)
    return Source(Path(path), address)
