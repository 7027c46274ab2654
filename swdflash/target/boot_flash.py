"""Sends a chip back from its ROM bootloader to the program in flash, and sees that it went."""

from __future__ import annotations

import shlex
import struct

from swdflash.links.base import Reset
from swdflash.links.errors import NoAnswer, TransferFault
from swdflash.target.boot_errors import NothingToBoot, StillInRom
from swdflash.target.boot_state import BootState, read_boot_state
from swdflash.target.reset import reset_and_run
from swdflash.target.rom_target import RomTarget
from swdflash.target.target import Target


def boot_flash_over_debug(target: Target, kind: Reset = Reset.SYSTEM) -> BootState | None:
    """Reset, and look again; None where the program took SWD away, which only it can have done.

    Raises StillInRom, LinkError kinds.
    """
    target.presence.hand_over()
    reset_and_run(target.link, kind)
    try:
        state = read_boot_state(target)
    except (NoAnswer, TransferFault):
        return None
    if state.in_rom:
        raise StillInRom(target.chip.name, f"after a reset, {state.boot.evidence}")
    return state


def boot_flash_over_rom(target: RomTarget, *, by_lines: bool = False) -> str:
    """Have the ROM start the program in flash, or reset the chip; by what is seen that it did.

    `by_lines`: modem lines lead to BOOT0 and NRST, so that nothing is asked of the ROM. Raises
    NothingToBoot, StillInRom, LinkError kinds.
    """
    link, chip = target.link, target.chip
    if not link.about.protected:
        require_program(target)
    elif not by_lines:
        raise StillInRom(chip.name, "read protection is on: the ROM starts nothing (AN3155)")
    link.flash_link(chip).run(chip.flash.start)
    if link.answers(chip):
        raise StillInRom(chip.name, "its ROM goes on answering after it was told to start flash")
    return "its ROM does not answer any more"


def require_program(target: RomTarget) -> None:
    """Raises NothingToBoot where flash begins with no vector table, LinkError kinds."""
    chip = target.chip
    stack, reset = struct.unpack("<2I", target.link.read(chip.flash.start, 8))
    in_ram = any(ram.start < stack <= ram.end for ram in chip.sram)
    if not in_ram or not reset & 1 or reset not in chip.flash.span:
        raise NothingToBoot(chip.name, stack, reset, shlex.quote(target.link.info.via))
