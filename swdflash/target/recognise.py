"""Which device, and whose: from readings to a row of `targets/`."""

from __future__ import annotations

from swdflash.chips.arm import CPUID
from swdflash.chips.chip import Chip
from swdflash.chips.data import families, find_device
from swdflash.chips.device import Device
from swdflash.chips.family import CloneRow, Family, Policy
from swdflash.chips.load import ST
from swdflash.chips.others import other_stm32
from swdflash.links.base import DebugLink
from swdflash.target.errors import AnotherChip, CloneRefused, UnknownChip
from swdflash.target.readings import Readings, idcode_of_another

ARM = 0x41  # CPUID.IMPLEMENTER


def recognise_core(link: DebugLink, cpuid: CPUID) -> Family:
    """The family with such a core. Raises UnknownChip."""
    for family in families():
        if (cpuid.IMPLEMENTER, cpuid.PARTNO) == (ARM, CPUID(family.cpuid).PARTNO):
            return family
    idcode = idcode_of_another(link, cpuid)
    core = f"its core is {cpuid}, by implementer {cpuid.IMPLEMENTER:#04x}"
    raise UnknownChip(unsupported(idcode & 0xFFF) or core, cpuid, idcode, link.dpidr())


def recognise_device(seen: Readings, family: Family, named: Chip | None) -> Device:
    """The family's device by DEV_ID, or by the ROM table where DBGMCU_IDCODE reads 0 (ES0340)."""
    dev_id = seen.idcode & 0xFFF if seen.idcode else dev_id_without_idcode(seen, named)
    device = find_device(dev_id)
    if device is None and named and not other_stm32(dev_id):
        seen.note("unknown-dev-id", f"nobody knows DEV_ID {dev_id:#05x}; treated as {named.name}")
        return find_named_device(named)
    if device is None:
        raise seen.unknown(unsupported(dev_id) or f"DEV_ID {dev_id:#05x} is no STM32's")
    if device.family is not family:
        text = f"DEV_ID {dev_id:#05x} is an {device.name}'s, but its core is not"
        raise seen.unknown(text)
    if named and named.dev_id != dev_id:
        raise AnotherChip(named.name, named.dev_id, device.name, dev_id)
    return device


def find_named_device(named: Chip) -> Device:
    """The device of a chip that came from a name, and so from a device."""
    device = find_device(named.dev_id)
    assert device is not None
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


def unsupported(dev_id: int) -> str | None:
    """What to say of an STM32 that is known by name only."""
    name = other_stm32(dev_id)
    return f"it is an {name}, which this version cannot program" if name else None


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
