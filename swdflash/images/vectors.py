"""The vector table: initial stack pointer, reset handler, handlers (Armv7-M ARM B1.5.3)."""

from __future__ import annotations

from dataclasses import dataclass
from struct import iter_unpack

from swdflash.images.image import Image
from swdflash.memory import Span

_MAX_WORDS = 16 + 240  # Armv7-M ARM B1.5.2: at most 240 interrupts follow 16 words of the core
_SRAM = Span(0x1000_0000, 0x3000_0000)  # CCM of STM32F3/F4 and the SRAM region of every Cortex-M


@dataclass(frozen=True)
class VectorTable:
    """The first words of a program; handlers are given with their thumb bit."""

    address: int
    initial_sp: int
    reset: int
    nmi: int
    hard_fault: int
    handlers: int  # how many different ones the table names


def vectors_at(image: Image, address: int) -> VectorTable | None:
    """The four words at `address` and a count of what follows, or None where bytes are missing."""
    segment = image.segment_at(address)
    part = segment.within(Span(address, 4 * _MAX_WORDS)) if segment else None
    if part is None or len(part.data) < 16:
        return None
    words = [word for (word,) in iter_unpack("<I", part.data[: len(part.data) & ~3])]
    handlers: set[int] = set()
    for word in words[1:]:
        if word and not _is_code(image, word):
            break
        handlers.add(word)
    sp, reset, nmi, hard_fault = words[:4]
    return VectorTable(address, sp, reset, nmi, hard_fault, len(handlers - {0}))


def looks_like_vectors(image: Image, address: int) -> bool:
    """Whether a program can start from the words at `address`, on whatever chip."""
    table = vectors_at(image, address)
    if table is None:
        return False
    return table.initial_sp % 4 == 0 and table.initial_sp in _SRAM and _is_code(image, table.reset)


def _is_code(image: Image, handler: int) -> bool:
    return handler % 2 == 1 and image.segment_at(handler - 1) is not None
