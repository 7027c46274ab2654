"""`swdflash info`: the chip within reach."""

from __future__ import annotations

from collections.abc import Iterator

import swdflash
from swdflash.cli import render
from swdflash.cli.documents.info import InfoResult, info_result
from swdflash.cli.options import LinkOptions, command
from swdflash.cli.reach import reached
from swdflash.cli.terminal import Terminal


@command
def info(link: LinkOptions, terminal: Terminal) -> None:
    """Show the chip within reach.

    Its kind and size, protection, boot source, SWD pins, DBGMCU_CR, reset flags and supply.
    """
    with reached(link, terminal) as target:
        result = info_result(target, swdflash.gather(target))
    terminal.show(result, render.facts(_rows(result)))


def _rows(result: InfoResult) -> Iterator[tuple[str, str]]:
    chip = result.chip
    yield "chip", f"{chip.name}, DEV_ID {chip.dev_id}, revision {chip.rev or 'not listed'}"
    if chip.clone:
        yield "clone", chip.clone
    yield "flash", f"{chip.flash_kib} KiB (the part declares {result.size_register_kib} KiB)"
    if result.hidden_flash:
        hidden = result.hidden_flash
        yield "", f"{render.size(hidden.size)} more answer from {hidden.address} on, untested by ST"
    yield "UID", chip.uid
    yield from _way(result)
    yield from _protection(result)
    boot = result.boot
    yield "boots from", f"{boot.source}{' (no program there)' if boot.empty else ''}"
    yield "", boot.evidence
    yield "vector table", boot.vtor
    yield "SWD pins", f"{result.swd.swdio}, {result.swd.swclk}; cut by {result.swd.cut_by}"
    bits = [name for name, value in result.dbgmcu.fields.items() if value]
    yield "DBGMCU_CR", f"{result.dbgmcu.value} {' '.join(bits) or 'nothing set'}"
    yield "reset flags", " ".join(result.reset_flags) or "none"


def _way(result: InfoResult) -> Iterator[tuple[str, str]]:
    link = result.link
    label = ", simulated" if link.simulated else ""
    yield "by", f"{link.via} ({link.probe}), SWD at {link.clock_hz / 1e6:g} MHz{label}"
    supply = (
        "not measured by this probe" if result.voltage_v is None else f"{result.voltage_v:.2f} V"
    )
    yield "supply", supply


def _protection(result: InfoResult) -> Iterator[tuple[str, str]]:
    protection = result.protection
    yield "read protection", "on" if protection.read_protected else "off"
    spans = [f"{span.address} {render.size(span.size)}" for span in protection.write_protected]
    yield "write protection", ", ".join(spans) or "none"
