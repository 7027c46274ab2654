"""A virtual board from the store, ready to be powered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from swdflash.sim.cables.errors import SimExtraMissing
from swdflash.sim.store import Kept, Store

if TYPE_CHECKING:
    from swdflash.sim.board import VirtualBoard


@contextmanager
def powered(name: str) -> Iterator[tuple[Kept, VirtualBoard]]:
    """Have a board to oneself. Raises SimExtraMissing, and what the store raises."""
    try:
        from swdflash.sim.board import VirtualBoard  # noqa: PLC0415  (needs the extra `sim`)
    except ImportError as missing:
        raise SimExtraMissing(name, missing.name or "unicorn") from missing
    with Store().open(name) as kept:
        yield kept, VirtualBoard.of(kept)
