"""Finds out which chip a ROM bootloader is in, from what it says and lets be read."""

from __future__ import annotations

from dataclasses import dataclass

from swdflash.chips.chip import Chip
from swdflash.chips.data import chip_named, devices, find_device
from swdflash.chips.device import Device
from swdflash.chips.others import other_stm32
from swdflash.events import Noted
from swdflash.links.base import RomAbout, RomLink
from swdflash.links.errors import TransferFault
from swdflash.memory import Span
from swdflash.target.errors import AnotherChip, UnknownLayout, UnknownRom
from swdflash.target.identify import KIB, plausible
from swdflash.target.recognise import find_named_device
from swdflash.target.rom_target import RomIdentity, RomTarget


def identify_rom(link: RomLink, *, chip_name: str | None = None) -> RomTarget:
    """Which chip's ROM answers.

    `chip_name` overrides the flash size, and vouches for a ROM that is not recognised; it cannot
    turn one known product ID into another. Raises UnknownRom, UnknownLayout, AnotherChip,
    UnknownChipName, LinkError kinds.
    """
    named = chip_named(chip_name) if chip_name else None
    told = _by_product_id(link.about, named) if link.about.product_id is not None else None
    told = told or _by_sectors(link.about, named)
    signature = _read_signature(link, told.device)
    chip, notes = _choose_chip(told, signature, named)
    identity = RomIdentity(
        dev_id=told.device.dev_id,
        revision=None,
        flash_kib=chip.flash.span.size // KIB,
        size_register=signature.size_kib,
        uid=signature.uid.hex(),
        clone=None,
        notes=(*told.notes, *notes),
        told_by=told.by,
    )
    return RomTarget(chip, link, identity)


@dataclass(frozen=True)
class _Told:
    """A device, what told it, and the size of its flash where that told it too."""

    device: Device
    by: str
    flash_kib: int | None = None
    notes: tuple[Noted, ...] = ()


@dataclass(frozen=True)
class _Signature:
    """The size register and the unique ID; 0 and nothing where the ROM does not give them."""

    size_kib: int = 0
    uid: bytes = b""


def _by_product_id(about: RomAbout, named: Chip | None) -> _Told:
    """Get ID gives DEV_ID (AN3155 §3.3)."""
    product_id = about.product_id
    assert product_id is not None
    by = f"the product ID {product_id:#05x}"
    device = find_device(product_id)
    if device is not None:
        if named and named.dev_id != product_id:
            raise AnotherChip(named.name, named.dev_id, device.name, product_id)
        return _Told(device, by)
    other = other_stm32(product_id)
    if other or named is None:
        raise UnknownRom(other or "no chip that swdflash knows", by)
    text = f"nobody knows the product ID {product_id:#05x}; treated as {named.name}"
    return _Told(find_named_device(named), "--chip", notes=(Noted("unknown-dev-id", text),))


def _by_sectors(about: RomAbout, named: Chip | None) -> _Told:
    """A ROM that has no Get ID is known by the flash that it declares (AN3156)."""
    found = [
        (device, kib)
        for device in devices()
        if device.row.rom.listens_on("USB")
        for kib in device.sizes
        if device.chip(kib).flash.sectors == about.sectors
    ]
    by = f"the flash that it declares, {len(about.sectors)} sectors"
    for device, kib in found:
        if named is None or named.dev_id == device.dev_id:
            return _Told(device, by, kib)
    if named and not found:
        text = f"nobody knows a ROM with {by}; treated as {named.name}"
        return _Told(find_named_device(named), "--chip", notes=(Noted("unknown-rom", text),))
    if named:
        device = found[0][0]
        raise AnotherChip(named.name, named.dev_id, device.name, device.dev_id)
    raise UnknownLayout(_declared(about.sectors))


def _declared(sectors: tuple[Span, ...]) -> str:
    """What there is of flash, in words."""
    if not sectors:
        return "no flash that could be changed"
    size = sum(sector.size for sector in sectors) // KIB
    return f"{len(sectors)} sector(s) of flash, {size} KiB from {sectors[0].start:#010x} on"


def _read_signature(link: RomLink, device: Device) -> _Signature:
    if link.about.protected:
        return _Signature()
    family = device.family
    words = Span(family.flash.kib_at, 2)
    try:
        size = link.read(words.start, words.size)
        uid = link.read(family.uid.start, family.uid.bytes)
    except TransferFault:
        return _Signature()
    return _Signature(int.from_bytes(size, "little"), uid)


def _choose_chip(
    told: _Told, signature: _Signature, named: Chip | None
) -> tuple[Chip, tuple[Noted, ...]]:
    """The chip with the size that was named, else the one it declares, else the smallest.

    The size register comes first: what DFU declares is the same for every size of a chip.
    """
    of_register = plausible(signature.size_kib, told.device)
    declared = signature.size_kib if of_register else told.flash_kib or signature.size_kib
    if named:
        kib = named.flash.span.size // KIB
        if declared in (0, kib):
            return named, ()
        text = f"the part declares {declared} KiB; {kib} are used"
        return named, (Noted("flash-size-overridden", text),)
    if plausible(declared, told.device):
        return told.device.chip(declared), ()
    least = told.device.sizes[0]
    text = (
        f"the ROM does not let the size of flash be read; {least} KiB, the least that this kind of "
        "part has, is used (name the part with --chip to use more)"
    )
    return told.device.chip(least), (Noted("flash-size-unreadable", text),)
