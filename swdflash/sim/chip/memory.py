"""Memory that the core reaches directly: RAM here, flash in a class of its own."""

from __future__ import annotations

import mmap
import random
from collections.abc import Callable
from typing import Protocol, runtime_checkable

from swdflash.memory import Span
from swdflash.sim.bus import Master, ResetKind

PAGE = 4096  # the granularity in which the core maps memory


class Mappable(Protocol):
    """What the core can map: it reads and executes `buffer`, page aligned, without asking."""

    span: Span
    buffer: mmap.mmap
    changed: Callable[[Span], None]  # the core puts itself here
    executable: bool


@runtime_checkable
class Guarded(Mappable, Protocol):
    """Memory whose stores and fetches are not plain: flash."""

    def store(self, offset: int, size: int, value: int, master: Master) -> None:
        """A store by the core; raises `BusFault`. It leaves in `buffer` what is there after it."""

    def stall(self, master: Master) -> None:
        """Let time pass until the memory can be read (PM0075 §2.3.3); may move the clock."""


class Memory:
    """Bytes at a span of the bus, in a page-aligned buffer that the core executes from.

    Whoever changes `buffer` without `write` calls `changed(span)` afterwards, so that
    code which the core has translated from there is forgotten.
    """

    executable = True

    def __init__(self, span: Span, buffer: mmap.mmap | None = None) -> None:
        """`buffer` is given where the contents outlive the process: whole pages of a file."""
        self.span = span
        self.buffer = buffer or mmap.mmap(-1, -(-span.size // PAGE) * PAGE)
        self.changed: Callable[[Span], None] = lambda _span: None

    def read(self, offset: int, size: int, _master: Master) -> int:
        """The little-endian value at the offset."""
        return int.from_bytes(self.buffer[offset : offset + size], "little")

    def write(self, offset: int, size: int, value: int, _master: Master) -> None:
        """Put a little-endian value at the offset."""
        self.buffer[offset : offset + size] = value.to_bytes(size, "little")
        self.changed(Span(self.span.start + offset, size))

    def reset(self, kind: ResetKind) -> None:
        """Contents outlive every reset unless a subclass says otherwise."""


class Ram(Memory):
    """SRAM: undefined when power comes on, kept over every other reset (RM0008 §3.3.1)."""

    def __init__(self, span: Span, *, seed: int | None = None) -> None:
        """Power-on contents are zeros, or noise drawn from `seed`."""
        super().__init__(span)
        self._seed = seed

    def reset(self, kind: ResetKind) -> None:
        """Forget the contents if power was lost."""
        if not kind.of_supply:
            return
        size = len(self.buffer)
        noise = bytes(size) if self._seed is None else random.Random(self._seed).randbytes(size)
        self.buffer[:] = noise
        self.changed(self.span)


class DataRam(Ram):
    """RAM that is not on the core's instruction bus: core-coupled memory (RM0090 §2.3.1)."""

    executable = False
