"""Finds out which chip answers, from what can be read without changing it.

CPUID, DBGMCU_IDCODE, the ROM table's PIDR, the size register with the UID, and DPIDR: five
accesses.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from swdflash.chips.arm import CPUID, PIDR
from swdflash.chips.chip import Chip
from swdflash.chips.data import chip_named, families, find_device
from swdflash.chips.device import Device
from swdflash.chips.family import CloneRow, Family, Policy
from swdflash.chips.load import ST
from swdflash.events import Noted
from swdflash.links.base import DebugLink
from swdflash.links.errors import TransferFault
from swdflash.memory import Span
from swdflash.target.errors import AnotherChip, CloneRefused, UnknownChip
from swdflash.target.target import Identity, Target

KIB = 1024
ARM = 0x41  # CPUID.IMPLEMENTER


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


def identify(link: DebugLink, *, chip_name: str | None = None) -> Target:
    """Which chip answers.

    `chip_name` overrides the flash size, and vouches for a part that is not recognised; it cannot
    turn one known DEV_ID into another.

    Raises UnknownChip, CloneRefused, AnotherChip, UnknownChipName, LinkError.
    """
    named = chip_named(chip_name) if chip_name else None
    cpuid = CPUID(link.read32(CPUID.address))
    family = recognise_core(link, cpuid)
    seen = read_identity(link, family, cpuid)
    device = recognise_device(seen, named)
    clone = recognise_clone(seen, family, device, named)
    chip = choose_chip(link, seen, device, clone, named)
    return Target(
        chip,
        link,
        Identity(
            cpuid=seen.cpuid,
            dpidr=seen.dpidr,
            pidr=seen.pidr,
            idcode=seen.idcode,
            dev_id=device.dev_id,
            rev_id=seen.rev_id,
            revision=None if clone else device.revision(seen.rev_id),
            flash_kib=chip.flash.span.size // KIB,
            size_register=seen.size_register,
            uid=seen.uid.hex(),
            clone=chip.clone,
            notes=tuple(seen.notes),
        ),
    )


def recognise_core(link: DebugLink, cpuid: CPUID) -> Family:
    """The family with such a core. Raises UnknownChip."""
    for family in families():
        if (cpuid.IMPLEMENTER, cpuid.PARTNO) == (ARM, CPUID(family.cpuid).PARTNO):
            return family
    reason = f"its core, {cpuid} by implementer {cpuid.IMPLEMENTER:#04x}, is in no family known"
    raise UnknownChip(reason, cpuid, 0, link.dpidr())


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


def recognise_device(seen: Readings, named: Chip | None) -> Device:
    """The device by DEV_ID, or by the ROM table where DBGMCU_IDCODE reads 0 (ES0340)."""
    dev_id = seen.idcode & 0xFFF if seen.idcode else dev_id_without_idcode(seen, named)
    device = find_device(dev_id)
    if device is None:
        raise seen.unknown(f"DEV_ID {dev_id:#05x} is not in targets/")
    if named and named.dev_id != dev_id:
        raise AnotherChip(named.name, named.dev_id, device.name, dev_id)
    return device


def dev_id_without_idcode(seen: Readings, named: Chip | None) -> int:
    """ST puts DEV_ID into the ROM table's part number too; else it is what the user says."""
    if seen.pidr.designer == ST:
        dev_id, source = seen.pidr.part, "the ROM table"
    elif named:
        dev_id, source = named.dev_id, "--chip"
    else:
        raise seen.unknown("DBGMCU_IDCODE reads 0, and its ROM table does not name ST")
    text = f"DBGMCU_IDCODE reads 0, a known erratum; DEV_ID {dev_id:#05x} is taken from {source}"
    seen.note("idcode-reads-zero", text)
    return dev_id


def recognise_clone(
    seen: Readings, family: Family, device: Device, named: Chip | None
) -> CloneRow | None:
    """The clone that this is, or None for ST's own part."""
    clone = next((row for row in family.clone if fits(row, seen, device)), None)
    if clone:
        if clone.policy is Policy.REFUSED:
            raise CloneRefused(clone.name, clone.maker, clone.note)
        seen.note(
            "clone", f"this is not ST's part but a {clone.name} ({clone.maker}): {clone.note}"
        )
        return clone
    if seen.pidr.designer == ST and seen.pidr.jedec:
        return None
    if not named:
        raise seen.unknown(
            f"DEV_ID {device.dev_id:#05x} is ST's, but its ROM table names designer "
            f"{seen.pidr.designer:#05x} and part {seen.pidr.part:#05x}"
        )
    seen.note("unknown-maker", f"nothing says who made this part; treated as {named.name}")
    return None


def fits(row: CloneRow, seen: Readings, device: Device) -> bool:
    """Whether everything that a clone's row gives is what was read."""
    return (
        row.dpidr in (None, seen.dpidr)
        and (row.cpuid is None or seen.cpuid in row.cpuid)
        and (row.dev_id is None or device.dev_id in row.dev_id)
        and (row.rev_id is None or seen.rev_id in row.rev_id)
        and row.designer in (None, seen.pidr.designer)
        and row.part in (None, seen.pidr.part)
    )


def choose_chip(
    link: DebugLink, seen: Readings, device: Device, clone: CloneRow | None, named: Chip | None
) -> Chip:
    """The chip with the size that was named, else the one it declares, else the smallest."""
    declared = seen.size_register
    if named:
        chip = named
        kib = named.flash.span.size // KIB
        if kib != declared:
            seen.note("flash-size-overridden", f"the part declares {declared} KiB; {kib} are used")
    elif plausible(declared, device):
        chip = device.chip(declared)
    else:
        chip = device.chip(device.sizes[0])
        seen.note(
            "flash-size-unreadable",
            f"the size register reads {declared:#06x}; {device.sizes[0]} KiB, the least that this "
            "kind of part has, is used (name the part with --chip to use more)",
        )
    if clone is None:
        return chip
    chip = replace(chip, clone=clone.name)
    return with_declared_sram(link, chip, clone) if clone.sram_kib_at and not named else chip


def plausible(flash_kib: int, device: Device) -> bool:
    """Whether a size register's value can be this device's (0 and 0xFFFF are not)."""
    return 0 < flash_kib <= device.largest and flash_kib % device.row.page_kib == 0


def with_declared_sram(link: DebugLink, chip: Chip, clone: CloneRow) -> Chip:
    """The chip with the SRAM that a clone declares, where that makes sense."""
    assert clone.sram_kib_at is not None
    sram_kib = link.read16(clone.sram_kib_at)
    if not 2 <= sram_kib <= 96:
        return chip
    sram = Span(chip.sram[0].start, sram_kib * KIB)
    return replace(chip, sram=(sram,), sure_sram=sram)


def hidden_flash(link: DebugLink, chip: Chip) -> Span | None:
    """Flash that answers above what the part declares (a C8 that is a CB), or None.

    Two reads; that it answers does not say that it can be programmed: ST does not test it.
    """
    device = find_device(chip.dev_id)
    if device is None or chip.flash.span.size >= device.largest * KIB:
        return None
    beyond = Span(chip.flash.end, device.largest * KIB - chip.flash.span.size)
    try:
        link.read32(beyond.start)
        link.read32(beyond.end - 4)
    except TransferFault:
        return None
    return beyond
