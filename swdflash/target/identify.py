"""Finds out which chip answers, from what can be read without changing it.

CPUID, DBGMCU_IDCODE, the ROM table's PIDR, the size register with the UID, and DPIDR: five
accesses.
"""

from __future__ import annotations

from dataclasses import replace

from swdflash.chips.arm import CPUID
from swdflash.chips.chip import Chip
from swdflash.chips.data import chip_named
from swdflash.chips.device import Device
from swdflash.chips.family import CloneRow
from swdflash.links.base import DebugLink
from swdflash.memory import Span
from swdflash.target.presence import Presence
from swdflash.target.readings import Readings, read_identity
from swdflash.target.recognise import recognise_clone, recognise_core, recognise_device
from swdflash.target.target import DebugIdentity, Target

KIB = 1024


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
    device = recognise_device(seen, family, named)
    clone = recognise_clone(seen, family, device, named)
    chip = choose_chip(link, seen, device, clone, named)
    if len(set(seen.uid)) == 1:
        seen.note("uid-not-unique", f"the unique ID reads {seen.uid.hex()}; others have it too")
    return Target(
        chip,
        link,
        DebugIdentity(
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
        Presence(link, chip),
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
    return 0 < flash_kib <= device.largest and device.ends_on_a_sector(flash_kib)


def with_declared_sram(link: DebugLink, chip: Chip, clone: CloneRow) -> Chip:
    """The chip with the SRAM that a clone declares, where that makes sense."""
    assert clone.sram_kib_at is not None
    sram_kib = link.read16(clone.sram_kib_at)
    if not 2 <= sram_kib <= 96:
        return chip
    sram = Span(chip.sram[0].start, sram_kib * KIB)
    return replace(chip, sram=(sram,), sure_sram=sram)
