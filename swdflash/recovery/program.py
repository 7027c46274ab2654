"""What can be wrong with a program that was written well but does not run."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from swdflash.chips.chip import Chip
from swdflash.links.base import DebugLink
from swdflash.target.boot import try_reading


@dataclass(frozen=True)
class Vectors:
    """The first two words of a vector table (DDI 0403, B1.5.3)."""

    address: int
    sp: int
    reset: int

    def plausible(self, chip: Chip) -> bool:
        """A stack in RAM, and a Thumb address in flash."""
        return self.stack_in_ram(chip) and bool(self.reset & 1) and self.reset in chip.flash.span

    def stack_in_ram(self, chip: Chip) -> bool:
        """The stack begins at the end of a RAM or within it."""
        return any(ram.start < self.sp <= ram.end for ram in chip.sram)


def vectors_at(link: DebugLink, address: int) -> Vectors | None:
    """The table there, or None where flash cannot be read. Raises LinkError kinds."""
    words = try_reading(link, address)
    return None if words is None else Vectors(address, *struct.unpack_from("<2I", words))


def faults_of_vectors(link: DebugLink, chip: Chip, vectors: Vectors) -> Iterator[tuple[str, str]]:
    """(what is wrong, what to do) of the table that the chip boots by."""
    if not vectors.stack_in_ram(chip):
        rams = ", ".join(str(ram) for ram in chip.sram)
        yield (
            f"the initial stack pointer {vectors.sp:#010x} is not in RAM ({rams})",
            "link for this chip: correct the RAM size in the linker script",
        )
    if not vectors.reset & 1:
        yield (
            f"the reset vector {vectors.reset:#010x} is even: it has no Thumb bit",
            "check that the file begins with a vector table",
        )
    elif vectors.reset in chip.flash.span and _blank(link, chip, vectors.reset & ~1):
        yield (
            f"the reset vector {vectors.reset:#010x} points to erased flash",
            (
                "the program is linked for another address: give it with `--address`, or write the "
                "ELF, which knows its address"
            ),
        )
    elif vectors.reset not in chip.flash.span and vectors.reset - 1 not in chip.sram[0]:
        yield (
            f"the reset vector {vectors.reset:#010x} points outside of flash and RAM",
            "check that the file begins with a vector table",
        )


def application_behind(link: DebugLink, chip: Chip, handler: int) -> Vectors | None:
    """A second vector table in flash whose handlers are not those in use, or None.

    `handler` is where the core is. Tables are looked for at the start of each sector, as an
    application behind a bootloader begins on one.
    """
    for sector in chip.flash.sectors[1:]:
        found = vectors_at(link, sector.start)
        if found and found.plausible(chip) and handler < sector.start < found.reset:
            return found
    return None


def _blank(link: DebugLink, chip: Chip, address: int) -> bool:
    words = try_reading(link, address & ~3)
    return words is not None and set(words) == {chip.flash.erased}
