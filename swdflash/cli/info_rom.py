"""`swdflash info` by way of the ROM bootloader, as people read it."""

from __future__ import annotations

from collections.abc import Iterator

from swdflash.cli import render
from swdflash.cli.documents.info import InfoResult


def rom_info_rows(result: InfoResult) -> Iterator[tuple[str, str]]:
    """What and its value, for `render.facts`."""
    chip, rom, link = result.chip, result.rom, result.link
    assert rom is not None, "these are the rows of a chip that answers by its ROM"
    yield "chip", f"{chip.name}, DEV_ID {chip.dev_id}, told by {rom.told_by}"
    yield "flash", f"{chip.flash_kib} KiB"
    yield "UID", chip.uid or "the ROM does not let it be read"
    label = ", simulated" if link.simulated else ""
    yield "by", f"{link.via} ({link.probe}){label}"
    version = f", bootloader V{rom.bootloader}" if rom.bootloader else ""
    yield "ROM", f"{rom.protocol}, protocol version {rom.version}{version}"
    yield "boots from", "system-memory: the firmware does not run"
    protection = result.protection
    yield "read protection", "on" if protection.read_protected else "off"
    spans = [f"{span.address} {render.size(span.size)}" for span in protection.write_protected]
    yield "write protection", ", ".join(spans) or "none that can be seen"
