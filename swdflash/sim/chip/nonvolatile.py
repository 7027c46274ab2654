"""What a chip keeps without power: main flash, the information block, and the cells' wear."""

from __future__ import annotations

import mmap
from dataclasses import dataclass

from swdflash.chips.chip import Chip
from swdflash.sim.chip.memory import PAGE
from swdflash.sim.chip.peripherals.information_block import factory_block


def pages(size: int) -> int:
    """`size` rounded up to whole pages of the host."""
    return -(-size // PAGE) * PAGE


@dataclass(frozen=True)
class NonVolatile:
    """Buffers that may be files: then a killed process loses nothing that was programmed."""

    flash: mmap.mmap
    information_block: mmap.mmap
    erase_counts: mmap.mmap

    @classmethod
    def from_factory(cls, chip: Chip, uid: bytes, *, flash_kib: int | None = None) -> NonVolatile:
        """Erased flash in this process's memory; F_SIZE says `flash_kib` if given."""
        contents = factory_contents(chip, uid, flash_kib=flash_kib)
        return cls(*(_filled(data) for data in contents.values()))

    def close(self) -> None:
        """Give the buffers back."""
        for buffer in (self.flash, self.information_block, self.erase_counts):
            buffer.close()


def factory_contents(chip: Chip, uid: bytes, *, flash_kib: int | None = None) -> dict[str, bytes]:
    """The first contents of a `NonVolatile`'s buffers, by field, in order."""
    size = chip.flash.span.size
    return {
        "flash": b"\xff" * pages(size),
        "information_block": factory_block(chip, uid, flash_kib or size // 1024),
        "erase_counts": bytes(pages(4 * len(chip.flash.sectors))),
    }


def _filled(data: bytes) -> mmap.mmap:
    buffer = mmap.mmap(-1, len(data))
    buffer[:] = data
    return buffer
