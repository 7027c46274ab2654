"""What `boot show` says, and how to go on once a chip is in its ROM bootloader."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from rich.text import Text

from swdflash.chips.boards import Board
from swdflash.chips.boot import activation
from swdflash.chips.boot_by_hand import into_rom, option_bits, wires
from swdflash.chips.chip import Chip
from swdflash.chips.rom import Interface
from swdflash.cli.documents.boot import BootShowResult, IntoRom
from swdflash.cli.documents.rom import interface_results
from swdflash.cli.rom_view import listed

WRITE = "swdflash write app.elf --via"


def into_rom_result(chip: Chip, board: Board | None) -> IntoRom:
    """The document for the ways in."""
    return IntoRom(
        interfaces=interface_results(chip.rom.interfaces),
        activation=list(activation(chip)),
        by_swd=True,
        by_hand=list(into_rom(chip, board)),
        option_bits=list(option_bits(chip)),
        board=board.name if board else None,
    )


def show_rows(result: BootShowResult, chip: Chip) -> Iterator[tuple[str, str]]:
    """What and its value, for `render.facts`."""
    yield "chip", chip.name
    state = result.state
    if state is None:
        yield "boots from", "system-memory"
    else:
        yield "boots from", f"{state.source}{' (no program there)' if state.empty else ''}"
        yield "", state.evidence
    yield from listed("because", result.why)
    if state is not None:
        for name, setting in zip(_once("set by"), state.settings, strict=False):
            value = "not known" if setting.value is None else setting.value
            yield name, f"{setting.name} = {value}  ({setting.how})"
        yield "vector table", state.vtor
        running = state.running
        where = f" at {running.pc} ({running.region})" if running.pc else ""
        halted = "halted" if running.halted else "running"
        yield "core", "locked up" if running.locked_up else f"{halted}{where}"
    yield from _ways_in(result.into_rom, chip)


def _ways_in(into: IntoRom, chip: Chip) -> Iterator[tuple[str, str]]:
    rom = chip.rom
    yield from listed("its ROM", [wires(each) for each in rom.usable])
    others = dict.fromkeys(each.bus for each in rom.interfaces if each not in rom.usable)
    if others:
        yield "", f"and, not by swdflash: {', '.join(others)}"
    yield from listed("entered by", into.activation)
    yield "", "or over SWD: swdflash boot rom"
    at = f" on {into.board}" if into.board else ""
    yield from listed(f"by hand{at}", [f"{n}. {step}" for n, step in enumerate(into.by_hand, 1)])
    yield from listed("option bits", into.option_bits)


def _once(name: str) -> Iterator[str]:
    yield name
    while True:
        yield ""


def by_way(via: str) -> list[str]:
    """How to go on, by the way that leads to the ROM."""
    way = shlex.quote(via)
    return [f"{WRITE} {way}", f"swdflash boot flash --via {way}"]


def by_interface(chip: Chip) -> list[str]:
    """How to go on where no way to the ROM is known yet: what to connect, and the command."""
    return [f"{wires(each)}; then {WRITE} {_via(each)}" for each in chip.rom.usable]


def _via(interface: Interface) -> str:
    return "uart:PORT" if interface.bus.startswith("USART") else "dfu:"


def to_do(steps: tuple[str, ...]) -> list[Text]:
    """What somebody at the board has to do, for stderr."""
    return [Text.assemble(("→ ", "bold green"), step) for step in steps]
