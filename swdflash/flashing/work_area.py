"""Where in a chip's RAM the loader and its ring buffer are put."""

from __future__ import annotations

from dataclasses import dataclass

from swdflash.chips.chip import Chip
from swdflash.flashing.errors import NoRoomForLoader
from swdflash.flashing.loader_protocol import Loader

WORD = 4
STACK = 256  # the deepest calls of a loader need about 100
LARGEST_RING = 16 * 1024
SMALLEST_RING = 1024
LARGEST_BLOCK = 4096  # below the 6 KiB that an ST-Link V2 moves in one command


@dataclass(frozen=True)
class WorkArea:
    """Code, mailbox, ring and stack, in this order, from the start of the RAM.

    The ring's size is a power of two; `block` divides it, so that no block wraps around.
    """

    code: int
    box: int
    ring: int
    ring_size: int
    stack: int  # where it begins, growing down

    @property
    def block(self) -> int:
        """How much is written into the ring at once."""
        return min(LARGEST_BLOCK, self.ring_size // 2)


def lay_out(chip: Chip, loader: Loader) -> WorkArea:
    """The largest ring that fits. Raises `NoRoomForLoader`."""
    ram = chip.work_area
    box = ram.start + len(loader.code)
    ring = box + WORD * loader.protocol.box_words
    room = min(ram.end - STACK - ring, LARGEST_RING)
    if room < SMALLEST_RING:
        needed = ring - ram.start + SMALLEST_RING + STACK
        raise NoRoomForLoader(chip.name, ram.size, needed)
    ring_size = 1 << (room.bit_length() - 1)
    return WorkArea(ram.start, box, ring, ring_size, ram.end & ~7)
