"""A peripheral of which only its registers' memory matters, so that firmware may set it up."""

from __future__ import annotations

from swdflash.memory import Span
from swdflash.sim.bus import Master, ResetKind


class PlainRegisters:
    """A `Device` that keeps what is written to it until reset."""

    def __init__(self, base: int, name: str, size: int = 0x400) -> None:
        self.span = Span(base, size)
        self.name = name
        self._bytes = bytearray(size)

    def reset(self, kind: ResetKind) -> None:
        """All zero."""
        self._bytes[:] = bytes(self.span.size)

    def read(self, offset: int, size: int, master: Master) -> int:
        """What was written last."""
        return int.from_bytes(self._bytes[offset : offset + size], "little")

    def write(self, offset: int, size: int, value: int, master: Master) -> None:
        """Keep it."""
        self._bytes[offset : offset + size] = value.to_bytes(size, "little")
