"""What a part says of itself, before anything is made of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from swdflash.chips.arm import CPUID, PIDR
from swdflash.chips.data import find_device
from swdflash.chips.family import Family
from swdflash.chips.others import idcode_places
from swdflash.chips.registers import Field
from swdflash.events import Noted
from swdflash.links.base import DebugLink
from swdflash.links.errors import TransferFault
from swdflash.target.errors import UnknownChip


@dataclass
class Readings:
    """What was read, before anything is made of it."""

    cpuid: CPUID
    idcode: int
    pidr: PIDR
    size_word: int  # size register in the low half-word, 0xFFFF or a clone's SRAM in the high one
    uid: bytes
    dpidr: int
    notes: list[Noted] = field(default_factory=list)

    @property
    def size_register(self) -> int:
        """KiB of flash that the part declares."""
        return self.size_word & 0xFFFF

    @property
    def rev_id(self) -> int:
        """DBGMCU_IDCODE.REV_ID."""
        return self.idcode >> 16

    def note(self, code: str, text: str) -> None:
        """Tell something that stops nothing."""
        self.notes.append(Noted(code, text))

    def unknown(self, reason: str) -> UnknownChip:
        """The error that says what was read."""
        return UnknownChip(reason, self.cpuid, self.idcode, self.dpidr)


def read_identity(link: DebugLink, family: Family, cpuid: CPUID) -> Readings:
    """Everything that tells a family's chips, and their clones, apart."""
    idcode = read_idcode(link, family)
    size_word, uid = _read_signature(link, family, idcode)
    return Readings(
        cpuid=cpuid,
        idcode=idcode,
        pidr=PIDR.from_words(link.read(PIDR.address, 32)),
        size_word=size_word,
        uid=uid,
        dpidr=link.dpidr(),
    )


def read_idcode(link: DebugLink, family: Family) -> int:
    """DBGMCU_IDCODE; where it reads 0 for want of its clock, that is given first.

    RCC keeps the bit until the next reset, and nothing else depends on it.
    """
    address = family.registers["DBGMCU_IDCODE"].address
    idcode = link.read32(address)
    if idcode or family.dbgmcu.clock is None:
        return idcode
    register, bit = family.dbgmcu.clock
    enable = family.registers[register]
    mask = Field.parse(enable.fields[bit]).mask
    link.write32(enable.address, link.read32(enable.address) | mask)
    return link.read32(address)


def _read_signature(link: DebugLink, family: Family, idcode: int) -> tuple[int, bytes]:
    """(the word at the size register, the UID), by one access.

    A chip that is none of the family's, which its DEV_ID will tell, may have nothing there.
    """
    size_at, uid = family.flash.kib_at, family.uid.span
    start = min(size_at, uid.start) & ~3
    end = (max(size_at + 4, uid.end) + 3) & ~3
    try:
        words = link.read(start, end - start)
    except TransferFault:
        device = find_device(idcode & 0xFFF)
        if device and device.family is family:
            raise
        words = bytes(end - start)
    size_word = int.from_bytes(words[size_at - start : size_at - start + 4], "little")
    return size_word, words[uid.start - start : uid.end - start]


def idcode_of_another(link: DebugLink, cpuid: CPUID) -> int:
    """DBGMCU_IDCODE of a chip of another family, or 0 where it cannot be read."""
    for address in idcode_places(cpuid.PARTNO):
        try:
            return link.read32(address)
        except TransferFault:
            continue
    return 0
