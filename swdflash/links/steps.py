"""What a link can be told to do to flash: the words of a plan."""

from __future__ import annotations

from dataclasses import dataclass, field

from swdflash.memory import Span


@dataclass(frozen=True, slots=True)
class Erase:
    """Erase one sector."""

    sector: Span


@dataclass(frozen=True, slots=True)
class MassErase:
    """Erase a whole bank at once."""

    bank: Span


@dataclass(frozen=True, slots=True)
class Program:
    """Program erased units; address and length are multiples of the chip's unit."""

    address: int
    data: bytes = field(repr=False)

    @property
    def span(self) -> Span:
        """The bytes that are programmed."""
        return Span(self.address, len(self.data))


@dataclass(frozen=True, slots=True)
class Check:
    """Compare a span's digest (`links.digest.digest`) with the one expected."""

    span: Span
    digest: int


Step = Erase | MassErase | Program | Check
