"""Finds `targets/`, and reads a file of it as the shape that it should have."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TypeVar

import msgspec

from swdflash.chips.errors import BadTargetFile

T = TypeVar("T")


@cache
def targets_directory() -> Path:
    """`targets/` as shipped inside the wheel, or beside the package in a checkout."""
    package = Path(__file__).resolve().parent.parent
    shipped = package / "targets"
    return shipped if shipped.is_dir() else package.parent / "targets"


def load_rows(path: Path, shape: type[T]) -> T:
    """A TOML file as `shape`. Raises BadTargetFile."""
    try:
        rows: object = msgspec.toml.decode(path.read_bytes())
        return msgspec.convert(rows, shape, str_keys=True)
    except (OSError, msgspec.MsgspecError) as error:
        raise BadTargetFile(path.name, str(error)) from error
