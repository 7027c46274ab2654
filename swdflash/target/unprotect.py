"""Taking read protection off, which erases all of flash: over SWD, and by the ROM bootloader."""

from __future__ import annotations

from dataclasses import dataclass

from swdflash.chips.chip import Chip
from swdflash.links.base import DebugLink
from swdflash.target.errors import StillProtected
from swdflash.target.option_erase import take_off
from swdflash.target.protection import read_protection
from swdflash.target.reset import reset_and_halt, reset_and_run
from swdflash.target.rom_target import AnyTarget, RomTarget


@dataclass(frozen=True)
class Unprotected:
    """What was done; `seconds` on the link's clock, the reset and the proof included."""

    erased_bytes: int
    seconds: float


def what_it_costs(chip: Chip) -> str:
    """What somebody is to agree to, after "About to"."""
    size = chip.flash.span.size // 1024
    return (
        f"take the read protection off this {chip.name}, which erases all {size} KiB of its flash "
        "(nobody can read it out before) and its write protection"
    )


def is_read_protected(target: AnyTarget) -> bool:
    """Whether flash can be read from outside. Raises LinkError kinds."""
    if isinstance(target, RomTarget):
        return target.link.about.protected
    return read_protection(target.link, target.chip).read_protected


def unprotect(target: AnyTarget) -> Unprotected:
    """Erase the chip and open it, wait for the reset, and see that it is open.

    Over SWD the chip then runs, with nothing in flash; by the ROM it is back in the ROM. Raises
    StillProtected, ResetNotCaught, LinkError kinds.
    """
    started = target.link.now()
    if isinstance(target, RomTarget):
        target.link.unprotect(target.chip)
        if target.link.about.protected:
            raise StillProtected(target.chip.name)
    else:
        target.presence.hand_over()
        unprotect_over_debug(target.link, target.chip)
        reset_and_run(target.link)
    return Unprotected(target.chip.flash.span.size, target.link.now() - started)


def unprotect_over_debug(link: DebugLink, chip: Chip) -> None:
    """The same over SWD; the core is halted at its reset vector afterwards."""
    take_off(link, chip)
    reset_and_halt(link)
    if read_protection(link, chip).read_protected:
        raise StillProtected(chip.name)
