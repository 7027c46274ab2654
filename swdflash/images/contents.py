"""What a reader finds in one firmware file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from swdflash.images.errors import SegmentsOverlap
from swdflash.images.image import Image, Segment
from swdflash.memory import Span


class Format(StrEnum):
    """A kind of firmware file."""

    ELF = "ELF"
    HEX = "Intel HEX"
    SREC = "S-record"
    UF2 = "UF2"
    BIN = "BIN"


@dataclass(frozen=True)
class ElfFacts:
    """What an ELF file says of itself besides its bytes."""

    machine: str  # "Arm", "x86-64", "RISC-V", …
    bits: int  # 32 or 64
    little_endian: bool
    arch: str | None  # build attribute Tag_CPU_arch, e.g. "Armv7-M"; None: not said
    hard_float: bool  # floats are passed in FPU registers
    fpu: bool  # uses instructions of a floating-point unit
    headers: Span | None  # where the file's own headers would be loaded
    build_id: str | None  # hex digits of .note.gnu.build-id
    compilers: tuple[str, ...]  # strings of .comment


@dataclass(frozen=True)
class Contents:
    """One file as its reader understood it."""

    format: Format
    image: Image
    elf: ElfFacts | None = None
    uf2_family: int | None = None
    title: str | None = None  # of an S0 record


def assemble(name: str, segments: Iterable[Segment], entry: int | None = None) -> Image:
    """The segments of one file as an image; raises SegmentsOverlap."""
    filled = sorted((s for s in segments if s.data), key=lambda s: s.address)
    for a, b in pairwise(filled):
        if shared := a.span.overlap(b.span):
            raise SegmentsOverlap(name, shared.start, shared.end)
    return Image.from_segments(filled, entry=entry)
