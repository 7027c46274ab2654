"""What is known of a chip's ROM bootloader, in documents."""

from __future__ import annotations

import msgspec

from swdflash.chips.boot import activation
from swdflash.chips.chip import Chip
from swdflash.chips.rom import Interface
from swdflash.chips.rom_quirks import quirk_words
from swdflash.cli.documents.envelope import Address, address
from swdflash.cli.documents.parts import Hex, Range, ranges


class InterfaceResult(msgspec.Struct):
    """A peripheral that the ROM listens on; `pins` are by signal."""

    bus: str
    pins: dict[str, str]
    note: str | None


class QuirkResult(msgspec.Struct):
    """A way in which the ROM differs from its application note, and what is done about it."""

    code: str
    what: str
    handled: str


class RomResult(msgspec.Struct):
    """A chip's ROM bootloader (AN2606).

    Any one of `activation` makes the chip boot it. `version_at` is null where no byte tells the
    version, `uart_protocol` where it listens on no USART. `pages_per_erase` is 0 where one command
    may name any number of them.
    """

    interfaces: list[InterfaceResult]
    pattern: int
    activation: list[str]
    system_memory: Range
    version_at: Address | None
    versions: list[Hex]
    uart_protocol: str | None
    starts_ms: float
    ram: Range
    write_bytes: int
    pages_per_erase: int
    baud_error_percent: float
    quirks: list[QuirkResult]
    notes: list[str]


def interface_results(interfaces: tuple[Interface, ...]) -> list[InterfaceResult]:
    """The document for interfaces."""
    return [InterfaceResult(each.bus, each.pins, each.note) for each in interfaces]


def rom_result(chip: Chip) -> RomResult:
    """The document for a chip's ROM."""
    rom = chip.rom
    system_memory, ram = ranges([chip.system_memory, rom.ram.span])
    words = [quirk_words()[quirk] for quirk in sorted(rom.quirks)]
    return RomResult(
        interfaces=interface_results(rom.interfaces),
        pattern=rom.pattern,
        activation=list(activation(chip)),
        system_memory=system_memory,
        version_at=None if rom.version_at is None else address(rom.version_at),
        versions=[f"{version:#04x}" for version in rom.versions],
        uart_protocol=rom.uart_protocol,
        starts_ms=rom.starts_ms,
        ram=ram,
        write_bytes=rom.write_bytes,
        pages_per_erase=rom.pages_per_erase,
        baud_error_percent=rom.baud_error_percent,
        quirks=[QuirkResult(each.name.value, each.what, each.handled) for each in words],
        notes=list(rom.notes),
    )
