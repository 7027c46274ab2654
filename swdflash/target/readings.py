"""What a part says of itself, before anything is made of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from swdflash.chips.arm import CPUID, PIDR
from swdflash.chips.family import Family
from swdflash.chips.others import idcode_places
from swdflash.events import Noted
from swdflash.links.base import DebugLink
from swdflash.links.errors import TransferFault
from swdflash.memory import Span
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
    signature = Span(family.flash.kib_at, family.uid.span.end - family.flash.kib_at)
    words = link.read(signature.start, signature.size)
    return Readings(
        cpuid=cpuid,
        idcode=link.read32(family.registers["DBGMCU_IDCODE"].address),
        pidr=PIDR.from_words(link.read(PIDR.address, 32)),
        size_word=int.from_bytes(words[:4], "little"),
        uid=words[family.uid.start - signature.start :],
        dpidr=link.dpidr(),
    )


def idcode_of_another(link: DebugLink, cpuid: CPUID) -> int:
    """DBGMCU_IDCODE of a chip of another family, or 0 where it cannot be read."""
    for address in idcode_places(cpuid.PARTNO):
        try:
            return link.read32(address)
        except TransferFault:
            continue
    return 0
