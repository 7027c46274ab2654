"""Which journal is a chip's, whatever way leads to it."""

from __future__ import annotations

import re
from pathlib import Path

from swdflash.flashing.journal import SUFFIX, Journal, journal_dir, usable_uid
from swdflash.links.dfu.evidence import UID_BYTES, serial_of
from swdflash.target.rom_target import AnyTarget, RomTarget

MADE_OF_UID = re.compile(r"[0-9A-F]{12}")


def journal_of(target: AnyTarget, folder: Path | None = None) -> Journal | None:
    """By its unique ID; None where that is not unique.

    A USB bootloader that does not let the ID be read has a serial number that is made of it: what
    was kept under the one is found under the other.
    """
    folder = folder or journal_dir()
    uid = bytes.fromhex(target.identity.uid)
    if usable_uid(uid):
        return Journal(folder, uid, by_serial(serial_of(uid)) if len(uid) == UID_BYTES else "")
    serial = own_serial(target)
    if not serial:
        return None
    return _of_known_uid(folder, serial) or Journal(folder, by_serial(serial))


def by_serial(serial: str) -> str:
    """The name of a journal of a chip whose ID was not known."""
    return f"usb-{serial}"


def own_serial(target: AnyTarget) -> str:
    """The USB serial number, where it is this chip's alone; else "".

    Some ROMs say the same on every chip.
    """
    if not isinstance(target, RomTarget):
        return ""
    serial, facts = target.link.about.serial or "", target.chip.rom.dfu
    shared = facts is not None and facts.serial is not None
    return "" if shared or not MADE_OF_UID.fullmatch(serial) else serial


def _of_known_uid(folder: Path, serial: str) -> Journal | None:
    """A journal that is there already, by a way that could read the ID."""
    for path in folder.glob(f"{'[0-9a-f]' * 2 * UID_BYTES}{SUFFIX}"):
        uid = bytes.fromhex(path.name.removesuffix(SUFFIX))
        if serial_of(uid) == serial:
            return Journal(folder, uid, by_serial(serial))
    return None
