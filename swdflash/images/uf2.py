"""UF2: self-contained 512-byte blocks (github.com/microsoft/uf2, README)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntFlag
from struct import Struct

from swdflash.images.contents import Contents, Format, assemble
from swdflash.images.errors import ImageEmpty, Uf2BadBlock, Uf2Families, Uf2Incomplete
from swdflash.images.image import Segment

MAGIC = b"UF2\n"
_MAGIC_2 = 0x9E5D5157
_MAGIC_END = 0x0AB16F30
_BLOCK = Struct("<8I476sI")

# microsoft/uf2, utils/uf2families.json
FAMILIES = {
    0x5EE21072: "STM32F1",
    0x647824B6: "STM32F0",
    0x5D1A0A2E: "STM32F2",
    0x6B846188: "STM32F3",
    0x57755A57: "STM32F4",
    0x6D0922FA: "STM32F407",
    0x8FB060FE: "STM32F407VG",
    0x53B80F00: "STM32F7",
    0x300F5633: "STM32G0",
    0x4C71240A: "STM32G4",
    0x6DB66082: "STM32H7",
    0x202E3A91: "STM32L0",
    0x1E1F432D: "STM32L1",
    0x00FF6919: "STM32L4",
    0x04240BDF: "STM32L5",
    0x70D16653: "STM32WB",
    0x21460FF0: "STM32WL",
    0xE48BFF56: "RP2040",
    0x68ED2B88: "SAMD21",
    0x55114460: "SAMD51",
    0xADA52840: "NRF52840",
}


class _Flag(IntFlag):
    NOT_MAIN_FLASH = 0x0001  # a comment: to be skipped
    FILE_CONTAINER = 0x1000  # a file, not a place in flash
    FAMILY_ID = 0x2000  # the last header word is a family, not a size


@dataclass(frozen=True, slots=True)
class _Block:
    index: int  # in the file
    flags: _Flag
    address: int
    number: int
    total: int
    family: int | None
    payload: bytes


def family_name(family: int) -> str:
    """The name that the UF2 project gives to a family id, else the number itself."""
    return FAMILIES.get(family, f"{family:#010x}")


def read_uf2(name: str, data: bytes) -> Contents:
    """Read all blocks; every number from 0 to the total must be there.

    Raises Uf2BadBlock, Uf2Incomplete, Uf2Families, SegmentsOverlap, ImageEmpty.
    """
    whole, rest = divmod(len(data), _BLOCK.size)
    if rest:
        raise Uf2BadBlock(name, whole, f"a block has {_BLOCK.size} bytes, this one {rest}")
    blocks = [b for b in _blocks(name, data) if not b.flags & _Flag.NOT_MAIN_FLASH]
    if not blocks:
        raise ImageEmpty(name, Format.UF2)
    families = {block.family for block in blocks}
    if len(families) > 1:
        names = sorted("none" if f is None else family_name(f) for f in families)
        raise Uf2Families(name, ", ".join(names))
    _check_complete(name, blocks)
    image = assemble(name, (Segment(b.address, b.payload) for b in blocks))
    if not image.segments:
        raise ImageEmpty(name, Format.UF2)
    return Contents(Format.UF2, image, uf2_family=blocks[0].family)


def _blocks(name: str, data: bytes) -> Iterator[_Block]:
    for index, words in enumerate(_BLOCK.iter_unpack(data)):
        magic, magic_2, flags, address, size, number, total, family, payload, end = words
        if magic != int.from_bytes(MAGIC, "little") or magic_2 != _MAGIC_2:
            raise Uf2BadBlock(name, index, "its two magic numbers are not those of UF2")
        if end != _MAGIC_END:
            raise Uf2BadBlock(name, index, f"it ends in {end:#010x} instead of {_MAGIC_END:#010x}")
        if size > len(payload):
            raise Uf2BadBlock(name, index, f"it claims {size} bytes, a block holds {len(payload)}")
        if flags & _Flag.FILE_CONTAINER:
            raise Uf2BadBlock(name, index, "it is part of a file, not of flash")
        has_family = bool(flags & _Flag.FAMILY_ID)
        kept = payload[:size]
        yield _Block(
            index, _Flag(flags), address, number, total, family if has_family else None, kept
        )


def _check_complete(name: str, blocks: list[_Block]) -> None:
    total = blocks[0].total
    found: set[int] = set()
    for block in blocks:
        if block.total != total:
            detail = f"it says {block.total} blocks in all, the first one {total}"
            raise Uf2BadBlock(name, block.index, detail)
        if block.number >= total:
            raise Uf2BadBlock(name, block.index, f"it is number {block.number} of {total}")
        if block.number in found:
            raise Uf2BadBlock(name, block.index, f"number {block.number} comes a second time")
        found.add(block.number)
    if len(found) != total:
        raise Uf2Incomplete(name, len(found), total)
