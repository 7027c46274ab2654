"""`swdflash info`: the chip within reach."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

import swdflash
from swdflash.cli import render
from swdflash.cli.documents.info import InfoResult, info_result, rom_info_result
from swdflash.cli.info_rom import rom_info_rows
from swdflash.cli.options import LinkOptions, command
from swdflash.cli.reach import reached_either_way
from swdflash.cli.terminal import Terminal

BoardOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="How it is wired: a name in targets/boards.toml.")
]
TestResetOption = Annotated[
    bool, typer.Option("--test-reset", help="Test NRST, too: resets the chip.")
]
NRST_WORDS = {
    "wired": "yes, by a connect under reset: NRST is wired",
    "not-wired": "not without a hand: NRST does not reach the chip",
    "held-low": "no: NRST was low all the time when it was tested",
    "not-tested": "NRST is not tested; `swdflash probe test-reset` does (and resets the chip)",
}


@command
def info(
    link: LinkOptions,
    terminal: Terminal,
    board: BoardOption = None,
    test_reset: TestResetOption = False,
) -> None:
    """Show the chip within reach.

    Its kind and size, protection, boot source, SWD pins, DBGMCU_CR, reset flags and supply, and
    whether it could be had back if its firmware shut SWD off. Does not disturb the program.
    """
    with reached_either_way(link, terminal) as target:
        if isinstance(target, swdflash.RomTarget):
            told = rom_info_result(target, swdflash.gather_rom(target))
            terminal.show(told, render.facts(rom_info_rows(told)))
            return
        gathered = swdflash.gather(target)
        if test_reset:
            swdflash.prove_reset_wire(target)
        ready = swdflash.readiness(target, board or terminal.settings.board)
        result = info_result(target, gathered, ready)
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
    yield from _debugged(result)
    yield "reset flags", " ".join(result.reset_flags) or "none"
    yield from _readiness(result)


def _debugged(result: InfoResult) -> Iterator[tuple[str, str]]:
    """What a debug port tells."""
    boot, swd, dbgmcu = result.boot, result.swd, result.dbgmcu
    assert boot is not None, "these are the rows of a chip that answers by its debug port"
    assert swd is not None
    assert dbgmcu is not None
    yield "boots from", f"{boot.source}{' (no program there)' if boot.empty else ''}"
    yield "", boot.evidence
    yield "vector table", boot.vtor
    yield "SWD pins", f"{swd.swdio}, {swd.swclk}; cut by {swd.cut_by}"
    bits = [name for name, value in dbgmcu.fields.items() if value]
    yield "DBGMCU_CR", f"{dbgmcu.value} {' '.join(bits) or 'nothing set'}"


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


def _readiness(result: InfoResult) -> Iterator[tuple[str, str]]:
    """Whether this board could be had back tomorrow."""
    ready = result.readiness
    assert ready is not None, "these are the rows of a chip that answers by its debug port"
    yield "recoverable", NRST_WORDS[ready.nrst]
    boot0 = ready.boot0 or "not known: name the board with --board, see `swdflash targets`"
    yield "", f"BOOT0: {boot0}; ROM bootloader on {', '.join(ready.rom)}"
