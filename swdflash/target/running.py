"""Where the core executes, looked up without stopping it where that can be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from swdflash.chips.arm import DEMCR, DHCSR, PCSR
from swdflash.chips.chip import Chip
from swdflash.links.base import DebugLink
from swdflash.links.errors import TransferFault

NOT_SAMPLED = (0, 0xFFFF_FFFF)
LOOKS = 4  # a sample can fall on an instruction that cannot be told


class Region(StrEnum):
    """A memory that code can be in."""

    FLASH = "flash"
    SYSTEM_MEMORY = "system-memory"
    SRAM = "sram"
    AT_ZERO = "at-zero"  # what the chip shows at address 0
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True)
class Running:
    """What the core is at; `pc` is None where nothing tells."""

    pc: int | None
    region: Region | None
    halted: bool
    locked_up: bool

    def __str__(self) -> str:
        if self.locked_up:
            return "locked up"
        state = "halted" if self.halted else "running"
        return state if self.pc is None else f"{state} at {self.pc:#010x} ({self.region})"


def where_it_runs(link: DebugLink, chip: Chip) -> Running:
    """Sample the PC; a core that runs is not disturbed. Raises LinkError."""
    dhcsr = DHCSR(link.read32(DHCSR.address))
    if dhcsr.S_HALT:
        (pc,) = link.read_core(["pc"])
    else:
        pc = _sampled(link)
    known = None if pc in NOT_SAMPLED else pc
    region = None if known is None else region_of(chip, known)
    return Running(known, region, dhcsr.S_HALT, dhcsr.S_LOCKUP)


def region_of(chip: Chip, address: int) -> Region:
    """The memory that an address lies in."""
    if address in chip.flash.span:
        return Region.FLASH
    if address in chip.system_memory:
        return Region.SYSTEM_MEMORY
    if any(address in ram for ram in chip.sram):
        return Region.SRAM
    return Region.AT_ZERO if address < chip.flash.start else Region.ELSEWHERE


def _sampled(link: DebugLink) -> int:
    """The PC by the DWT unit, whose clock is switched on for it."""
    demcr = DEMCR(link.read32(DEMCR.address))
    if not demcr.TRCENA:
        link.write32(DEMCR.address, demcr | DEMCR.TRCENA.mask)
    try:
        for _ in range(LOOKS):
            pc = link.read32(PCSR.address)
            if pc not in NOT_SAMPLED:
                return pc & ~1
    except TransferFault:
        return 0
    finally:
        if not demcr.TRCENA:
            link.write32(DEMCR.address, int(demcr))
    return pc
