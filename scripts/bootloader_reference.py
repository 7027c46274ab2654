#!/usr/bin/env python3
"""Writes docs/bootloader-reference.md from what `targets/` knows of ROM bootloaders."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from swdflash.chips.boot import activation, boot_pattern  # noqa: E402
from swdflash.chips.chip import Chip  # noqa: E402
from swdflash.chips.data import devices  # noqa: E402
from swdflash.chips.device import Device  # noqa: E402
from swdflash.chips.rom import Quirk, Rom  # noqa: E402
from swdflash.chips.rom_quirks import quirk_words  # noqa: E402

REFERENCE = ROOT / "docs" / "bootloader-reference.md"
HEAD = """\
# ROM bootloaders

Every STM32 has a bootloader in its system memory that nothing can erase. This is what swdflash
knows of those of the chips in `targets/`: what they listen on, how they are entered, and where they
are odd. `swdflash targets NAME` says the same of one chip, `swdflash boot show` of the one within
reach.

- **entered by**: what must be so at a reset (AN2606, Table 2). Levels are those of the pins.
- **version**: a byte in system memory that tells it, where there is one; every ROM says a version
  of its protocol when it is asked.
- **USART protocol**: the newest that is known of these parts, as Get tells it (AN3155, §4); from
  V3.0 on, Extended Erase takes the place of Erase.
- **start-up**: from a reset until the ROM listens, at least.
- **SRAM**: what the ROM uses itself; a host that writes there is refused, or breaks it.
- **writes**: addresses and lengths of writes are multiples of this (AN2606, Table 7).
- **bit rate**: over USART the ROM measures it from the first byte, 0x7F, and may be off by this
  much.

This file is written by `scripts/bootloader_reference.py` from `targets/*.toml`, which has the
sources.
"""
QUIRKS_HEAD = """\
## Quirks

What these ROMs do otherwise than AN3155 and AN3156 say, and what swdflash does about it.

| quirk | the ROM | swdflash |
|---|---|---|"""


def main() -> int:
    """Write the file."""
    REFERENCE.write_text(reference(), encoding="utf-8")
    return 0


def reference() -> str:
    """The whole file."""
    lines = [HEAD, "## At a glance", "", *table(devices())]
    family = ""
    for device in devices():
        if device.family.family != family:
            family = device.family.family
            lines += ["", f"## {family}"]
        lines += ["", *section(device)]
    found = {quirk for device in devices() for quirk in device.row.rom.quirks}
    return "\n".join([*lines, *quirks(found)]) + "\n"


def table(every: Iterable[Device]) -> Iterator[str]:
    """A line a device."""
    yield "| device | DEV_ID | system memory | interfaces | AN2606 pattern |"
    yield "|---|---|---|---|---|"
    for device in every:
        rom, start = device.row.rom, device.row.system_memory.start
        buses = ", ".join(dict.fromkeys(each.bus for each in rom.interfaces))
        facts = (device.name, f"`{device.dev_id:#05x}`", f"`{start:#010x}`", buses, rom.pattern)
        yield f"| {' | '.join(map(str, facts))} |"


def section(device: Device) -> Iterator[str]:
    """All that is known of one device's ROM."""
    chip, rom = device.chip(device.largest), device.row.rom
    yield f"### {device.name}"
    yield ""
    yield "| interface | pins | |"
    yield "|---|---|---|"
    for each in rom.interfaces:
        yield f"| {each.bus} | {each.wires} | {each.note or ''} |"
    yield ""
    for name, text in facts(chip, rom):
        yield f"- {name}: {text}"


def facts(chip: Chip, rom: Rom) -> Iterator[tuple[str, str]]:
    """What and how it is, in Markdown."""
    memory = chip.system_memory
    pattern = boot_pattern(chip).number
    yield "DEV_ID", f"`{chip.dev_id:#05x}`"
    yield "entered by", f"{'; or '.join(activation(chip))} (pattern {pattern})"
    yield "system memory", f"`{memory.start:#010x}`, {memory.size // 1024} KiB"
    yield "version", version(rom)
    if rom.uart_protocol:
        yield "USART protocol", rom.uart_protocol
    yield "start-up", f"{rom.starts_ms:g} ms"
    yield "SRAM", f"{rom.ram.bytes} bytes from `{rom.ram.start:#010x}`"
    yield "writes", f"{rom.write_bytes} bytes"
    if rom.pages_per_erase:
        yield "erases", f"at most {rom.pages_per_erase} pages by one command"
    yield "bit rate", f"{rom.baud_error_percent:g} %"
    if rom.quirks:
        yield "quirks", ", ".join(f"`{quirk}`" for quirk in sorted(rom.quirks))
    for note in rom.notes:
        yield "note", note


def version(rom: Rom) -> str:
    """Where it is read, and which are known."""
    if rom.version_at is None:
        return "not in memory"
    known = ", ".join(f"`{value:#04x}` {name}" for value, name in known_versions(rom))
    return f"byte at `{rom.version_at:#010x}`: {known or 'none is known'}"


def known_versions(rom: Rom) -> Iterator[tuple[int, str]]:
    """Each version's byte and name."""
    return zip(rom.versions, rom.version_names, strict=True)


def quirks(found: set[Quirk]) -> Iterator[str]:
    """Each quirk that a device has, explained."""
    if not found:
        return
    yield ""
    yield QUIRKS_HEAD
    for quirk in sorted(found):
        words = quirk_words()[quirk]
        yield f"| `{quirk}` | {words.what} | {words.handled} |"


if __name__ == "__main__":
    sys.exit(main())
