"""Result of `image`."""

from __future__ import annotations

import msgspec

from swdflash.cli.documents.envelope import Address, Size, address
from swdflash.cli.documents.parts import Range, ranges
from swdflash.images.contents import ElfFacts
from swdflash.images.describe import ImageFacts
from swdflash.images.load import FileFacts
from swdflash.images.vectors import VectorTable


class ElfNotes(msgspec.Struct):
    """What an ELF file says of itself."""

    machine: str
    arch: str | None
    hard_float: bool
    build_id: str | None
    compilers: list[str]


class ImageFile(msgspec.Struct):
    """One file of the image."""

    path: str
    format: str
    size: Size
    sha256: str
    segments: list[Range]
    entry: Address | None
    title: str | None
    elf: ElfNotes | None


class Vectors(msgspec.Struct):
    """The start of a vector table; handlers have their thumb bit."""

    address: Address
    initial_sp: Address
    reset: Address
    nmi: Address
    hard_fault: Address
    handlers: int


class ImageResult(msgspec.Struct):
    """An image without a chip."""

    files: list[ImageFile]
    bytes: Size
    segments: list[Range]
    entry: Address | None
    vectors: Vectors | None
    flash_map: str


def image_result(facts: ImageFacts) -> ImageResult:
    """The document for an image's facts."""
    return ImageResult(
        files=[_file(each) for each in facts.files],
        bytes=facts.size,
        segments=ranges(facts.segments),
        entry=None if facts.entry is None else address(facts.entry),
        vectors=None if facts.vectors is None else _vectors(facts.vectors),
        flash_map=facts.flash_map,
    )


def _file(facts: FileFacts) -> ImageFile:
    return ImageFile(
        path=str(facts.path),
        format=facts.format.value,
        size=facts.size,
        sha256=facts.sha256,
        segments=ranges(facts.segments),
        entry=None if facts.entry is None else address(facts.entry),
        title=facts.title,
        elf=None if facts.elf is None else _elf(facts.elf),
    )


def _elf(facts: ElfFacts) -> ElfNotes:
    return ElfNotes(
        facts.machine, facts.arch, facts.hard_float, facts.build_id, list(facts.compilers)
    )


def _vectors(table: VectorTable) -> Vectors:
    return Vectors(
        address=address(table.address),
        initial_sp=address(table.initial_sp),
        reset=address(table.reset),
        nmi=address(table.nmi),
        hard_fault=address(table.hard_fault),
        handlers=table.handlers,
    )
