"""Links over the fake ROM, and what goes wrong on its line."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from swdflash.events import Event
from swdflash.links.digest import digest
from swdflash.links.steps import Check, Erase, Program, Step
from swdflash.links.uart.flash_link import UartFlash
from swdflash.links.uart.lines import NO_LINES, Driver, Lines
from swdflash.links.uart.opening import find_rom
from swdflash.links.uart.rom_link import UartRomLink
from swdflash.links.uart.session import Session
from tests.fakes.an3155_rom import FakeRom, Fault


def session(rom: FakeRom, lines: Lines = NO_LINES, baud: int | None = None) -> Session:
    rom.set_baud(baud or 115200)
    found = Session(rom, Driver(rom, lines, rom.pace), rom.pace, pinned=baud is not None)
    find_rom(found, baud, rom.pace.now())
    return found


def rom_link(rom: FakeRom, lines: Lines = NO_LINES, baud: int | None = None) -> UartRomLink:
    return UartRomLink(session(rom, lines, baud), "uart:/dev/ttyFAKE", ExitStack())


def flash_link(rom: FakeRom, lines: Lines = NO_LINES) -> UartFlash:
    return rom_link(rom, lines).flash_link(rom.chip)


def do(link: UartFlash, *steps: Step) -> list[Event]:
    return list(link.carry_out(steps))


def written(rom: FakeRom, pages: Sequence[int], seed: int) -> Iterator[Step]:
    """Steps that fill pages with random bytes, gaps between."""
    draw = random.Random(seed)
    sectors = [rom.chip.flash.sectors[page] for page in pages]
    contents = []
    for sector in sectors:
        held = bytearray(draw.randbytes(sector.size))
        for _ in range(3):
            gap = draw.randrange(0, sector.size, 2)
            held[gap : gap + 30] = b"\xff" * len(held[gap : gap + 30])
        contents.append(bytes(held))
    yield from (Erase(sector) for sector in sectors)
    for sector, data in zip(sectors, contents, strict=True):
        yield from (Program(sector.start + at, piece) for at, piece in pieces(data))
    yield from (Check(s, digest(held)) for s, held in zip(sectors, contents, strict=True))


def pieces(held: bytes) -> Iterator[tuple[int, bytes]]:
    """Runs of half-words that are not blank, as a plan has them."""
    start = None
    for at in range(0, len(held) + 2, 2):
        blank = held[at : at + 2] in (b"\xff\xff", b"")
        if blank and start is not None:
            yield start, held[start:at]
            start = None
        elif not blank and start is None:
            start = at


def expected(before: bytes, rom: FakeRom, steps: Sequence[Step]) -> bytes:
    """What flash holds after the steps."""
    flash, after = rom.chip.flash, bytearray(before)
    for step in steps:
        if isinstance(step, Erase):
            at = step.sector.start - flash.start
            after[at : at + step.sector.size] = b"\xff" * step.sector.size
        elif isinstance(step, Program):
            at = step.address - flash.start
            after[at : at + len(step.data)] = step.data
    return bytes(after)


class Noise:
    """One byte in `every` is lost, doubled, or changed by one or two bits, from a seed."""

    def __init__(self, seed: int, every: float) -> None:
        self._draw = random.Random(seed)
        self._every = every
        self.struck = 0

    def __call__(self, _index: int, byte: int) -> Sequence[int]:
        if self._draw.random() * self._every >= 1:
            return (byte,)
        self.struck += 1
        one, other = 1 << self._draw.randrange(8), 1 << self._draw.randrange(8)
        return self._draw.choice([(), (byte, byte), (byte ^ one,), (byte ^ one ^ other,)])


def at(index: int, *arrives: int) -> Fault:
    """The byte of that number arrives as these."""
    return lambda count, byte: arrives if count == index else (byte,)


__all__ = ["Noise", "at", "do", "expected", "flash_link", "rom_link", "session", "written"]
