"""Memory that the core reaches directly: RAM here, flash in a class of its own."""

from __future__ import annotations

import mmap
import random
from collections.abc import Callable

from swdflash.memory import Span
from swdflash.sim.bus import Master, ResetKind

PAGE = 4096  # the granularity in which the core maps memory


class Memory:
    """Bytes at a span of the bus, in a page-aligned buffer that the core executes from.

    Whoever changes `buffer` without `write` calls `changed(offset, size)` afterwards, so that
    code which the core has translated from there is forgotten.
    """

    def __init__(self, span: Span) -> None:
        self.span = span
        self.buffer = mmap.mmap(-1, -(-span.size // PAGE) * PAGE)
        self.changed: Callable[[int, int], None] = lambda _offset, _size: None

    def read(self, offset: int, size: int, _master: Master) -> int:
        """The little-endian value at the offset."""
        return int.from_bytes(self.buffer[offset : offset + size], "little")

    def write(self, offset: int, size: int, value: int, _master: Master) -> None:
        """Put a little-endian value at the offset."""
        self.buffer[offset : offset + size] = value.to_bytes(size, "little")
        self.changed(offset, size)

    def store(self, offset: int, size: int, value: int, master: Master) -> None:
        """A store by the core where it does not store directly; raises `BusFault`."""
        self.write(offset, size, value, master)

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
        if kind is not ResetKind.POWER_ON:
            return
        size = len(self.buffer)
        noise = bytes(size) if self._seed is None else random.Random(self._seed).randbytes(size)
        self.buffer[:] = noise
        self.changed(0, size)
