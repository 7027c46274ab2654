"""What is seen at address 0: the memory that the boot pins chose (RM0008 §3.4, Table 9)."""

from __future__ import annotations

from enum import StrEnum

from swdflash.memory import Span
from swdflash.sim.bus import Master, ResetKind
from swdflash.sim.chip.memory import Memory


class BootSource(StrEnum):
    """Where the core starts."""

    FLASH = "flash"
    SYSTEM_MEMORY = "system-memory"
    SRAM = "sram"

    @classmethod
    def chosen(cls, boot0: int, boot1: int) -> BootSource:
        """By the pins' levels, sampled on the fourth rising edge of SYSCLK after a reset."""
        if not boot0:
            return cls.FLASH
        return cls.SRAM if boot1 else cls.SYSTEM_MEMORY


class BootAlias:
    """A `Device` at 0 that passes accesses on to the memory behind it."""

    def __init__(self, memory: Memory) -> None:
        self.point_at(memory)

    def point_at(self, memory: Memory) -> None:
        """Show another memory."""
        self.memory = memory
        self.span = Span(0, memory.span.size)

    def reset(self, kind: ResetKind) -> None:
        """The chip points it anew."""

    def read(self, offset: int, size: int, master: Master) -> int:
        """As the memory answers."""
        return self.memory.read(offset, size, master)

    def write(self, offset: int, size: int, value: int, master: Master) -> None:
        """As the memory takes it."""
        self.memory.write(offset, size, value, master)
