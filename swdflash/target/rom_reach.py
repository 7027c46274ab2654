"""Addresses that may be sent to a ROM bootloader that does not refuse bad ones."""

from __future__ import annotations

from swdflash.chips.chip import Chip
from swdflash.chips.rom import Quirk
from swdflash.memory import Span
from swdflash.target.errors import OutOfRomsReach
from swdflash.target.rom_target import AnyTarget, RomTarget


def permit_address(target: AnyTarget, span: Span) -> None:
    """Raises `OutOfRomsReach` where the ROM would take what follows a bad address for a command.

    Reading 68 bytes from such an address starts an Erase on an STM32F103 (ROM V2.2): the length
    byte 0x43 and its complement are that command.
    """
    if not isinstance(target, RomTarget):
        return
    chip = target.chip
    if Quirk.NO_NACK_FOR_BAD_ADDRESS not in chip.rom.quirks:
        return
    memories = in_reach(chip)
    if not any(memory.covers(span) for memory in memories):
        known = ", ".join(map(str, memories))
        raise OutOfRomsReach(span.start, span.end, chip.name, known)


def in_reach(chip: Chip) -> tuple[Span, ...]:
    """Flash, SRAM beside the ROM's own, system memory with the option bytes behind it (AN2606)."""
    sram = chip.sram[0]
    free = max(sram.start, chip.rom.ram.span.end)
    system = chip.system_memory.start
    return (
        chip.flash.span,
        Span(free, sram.end - free),
        Span(system, chip.option_bytes.end - system),
    )
