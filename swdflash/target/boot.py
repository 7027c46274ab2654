"""What the chip booted from: which memory its boot pins put at address 0 (RM0008 §3.4)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from swdflash.chips.arm import VTOR
from swdflash.chips.chip import Chip
from swdflash.links.base import DebugLink
from swdflash.links.errors import TransferFault

VECTORS = 16  # bytes compared: SP, reset, NMI, HardFault


class BootSource(StrEnum):
    """A memory that an STM32 can boot from."""

    FLASH = "flash"
    SYSTEM_MEMORY = "system-memory"
    SRAM = "sram"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Boot:
    """What is at address 0 and where the vector table is now."""

    source: BootSource
    vtor: int
    empty: bool  # flash holds no vector table (erased)
    evidence: str


def read_boot(link: DebugLink, chip: Chip) -> Boot:
    """Compare the first words at 0 with those of each memory. Raises LinkError."""
    at_zero = try_reading(link, 0)
    memories = {
        BootSource.SYSTEM_MEMORY: chip.system_memory.start,
        BootSource.FLASH: chip.flash.start,
        BootSource.SRAM: chip.sram[0].start,
    }
    first = {source: try_reading(link, start) for source, start in memories.items()}
    flash = first[BootSource.FLASH]
    vtor = link.read32(VTOR.address)
    empty = flash is not None and flash[:8] == bytes([chip.flash.erased]) * 8
    if at_zero is None and flash is None:
        return Boot(BootSource.FLASH, vtor, empty, "address 0 is refused, as flash is")
    if at_zero is None:
        return Boot(BootSource.UNKNOWN, vtor, empty, "address 0 is refused, flash is not")
    for source, words in first.items():
        if words == at_zero:
            evidence = f"the words at 0 are those at {memories[source]:#010x}"
            return Boot(source, vtor, empty, evidence)
    evidence = f"the words at 0 ({at_zero[:8].hex(' ', 4)}) are in no memory's beginning"
    return Boot(BootSource.UNKNOWN, vtor, empty, evidence)


def try_reading(link: DebugLink, address: int) -> bytes | None:
    """The first vectors at `address`, or None where the chip refuses (read protection)."""
    try:
        return link.read(address, VECTORS)
    except TransferFault:
        return None
