"""System memory as it is seen at address 0, where it does not begin with a page of the core's map.

The STM32F0's begins at 0x1FFF_C800.
"""

from __future__ import annotations

import mmap

from swdflash.chips.chip import Chip
from swdflash.sim.bus import Master
from swdflash.sim.chip.memory import Memory
from swdflash.sim.chip.peripherals.information_block import block_span


class SystemMemory(Memory):
    """A copy: nothing ever changes there."""

    def __init__(self, chip: Chip, block: mmap.mmap) -> None:
        super().__init__(chip.system_memory)
        start = self.span.start - block_span(chip).start
        self.buffer[: self.span.size] = block[start : start + self.span.size]

    def write(self, offset: int, size: int, value: int, master: Master) -> None:
        """It is ROM."""

    def store(self, offset: int, size: int, value: int, master: Master) -> None:
        """It is ROM."""

    def stall(self, master: Master) -> None:
        """It can always be read."""
