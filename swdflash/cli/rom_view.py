"""What is known of a chip's ROM bootloader, as people read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from swdflash.chips.boot import activation
from swdflash.chips.chip import Chip
from swdflash.chips.rom import Interface, Rom
from swdflash.chips.rom_quirks import quirk_words
from swdflash.cli import render


def rom_rows(chip: Chip) -> Iterator[tuple[str, str]]:
    """What and its value, for `render.facts`."""
    rom = chip.rom
    yield from listed("ROM bootloader", map(interface_words, rom.interfaces))
    yield from listed("entered by", activation(chip))
    yield "version", version_words(rom)
    if rom.uart_protocol:
        yield "USART protocol", rom.uart_protocol
    yield "start-up", f"{rom.starts_ms:g} ms after a reset it listens"
    yield "uses SRAM", f"{rom.ram.span}  {render.size(rom.ram.bytes)}"
    yield "writes", f"multiples of {rom.write_bytes} bytes"
    if rom.pages_per_erase:
        yield "erases", f"at most {rom.pages_per_erase} pages by one command"
    quirks = (quirk_words()[quirk] for quirk in sorted(rom.quirks))
    yield from listed("quirks", (f"{each.what} (swdflash: {each.handled})" for each in quirks))
    yield from listed("notes", rom.notes)


def interface_words(interface: Interface) -> str:
    """`USART1: TX PA9, RX PA10 (remapped)`."""
    note = f" ({interface.note})" if interface.note else ""
    return f"{interface.bus}: {interface.wires}{note}"


def version_words(rom: Rom) -> str:
    """Where its version is read, and which are known."""
    if rom.version_at is None:
        return "not in memory; the ROM tells it when it is asked"
    known = ", ".join(rom.version_names) or "none is known"
    return f"byte at {rom.version_at:#010x}: {known}"


def listed(name: str, lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Rows of one name, which stands in the first only."""
    for line in lines:
        yield name, line
        name = ""
