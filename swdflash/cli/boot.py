"""`swdflash boot show|rom|flash`: what a chip starts, and how to change it."""

from __future__ import annotations

import swdflash
from swdflash.chips.boards import board_named
from swdflash.chips.boot_by_hand import out_of_rom
from swdflash.cli import render
from swdflash.cli.boot_rom import rom
from swdflash.cli.boot_view import into_rom_result, show_rows, to_do
from swdflash.cli.documents.boot import BootFlashResult, BootShowResult, state_result
from swdflash.cli.documents.parts import chip_result, link_result, recovered
from swdflash.cli.info import BoardOption
from swdflash.cli.options import DryRunOption, LinkOptions, command, command_group
from swdflash.cli.reach import reached_either_way
from swdflash.cli.terminal import Terminal
from swdflash.target.boot_errors import StillInRom

app = command_group("What the chip boots from, and its ROM bootloader.")
BY_PROTOCOL = {"AN3155": "go", "AN3156": "leave"}
WORDS = {
    "reset": "reset",
    "lines": "reset by its serial port's lines, with BOOT0 low",
    "go": "told to start flash (Go)",
    "leave": "told to leave DFU",
}

app.command()(rom)


@app.command()
@command
def show(link: LinkOptions, terminal: Terminal, board: BoardOption = None) -> None:
    """Show what the chip boots from and why, and how to bring it into its ROM bootloader.

    Boot pins and option bits as far as they can be read; what runs is not disturbed.
    """
    name = board or terminal.settings.board
    wiring = board_named(name) if name else None
    with reached_either_way(link, terminal) as target:
        chip = target.chip
        result = BootShowResult(
            chip=chip_result(target),
            link=link_result(target),
            in_rom=True,
            why=[],
            state=None,
            into_rom=into_rom_result(chip, wiring),
            recovered=recovered(target),
        )
        if isinstance(target, swdflash.RomTarget):
            about = target.link.about
            result.why = [f"its ROM bootloader answers: {about.protocol} {about.version}"]
        else:
            state = swdflash.boot_state(target)
            result.state, result.in_rom = state_result(state), state.in_rom
            result.why = list(state.why)
    terminal.show(result, render.facts(show_rows(result, chip)))


@app.command()
@command
def flash(
    link: LinkOptions,
    terminal: Terminal,
    board: BoardOption = None,
    dry_run: DryRunOption = False,
) -> None:
    """Bring the chip back from its ROM bootloader to the program in flash, and check that it went.

    By a reset over SWD, by RTS and DTR where --via says that they lead to BOOT0 and NRST, else by
    the ROM's own command.
    """
    name = board or terminal.settings.board
    wiring = board_named(name) if name else None
    with reached_either_way(link, terminal) as target:
        result = BootFlashResult(
            chip=chip_result(target),
            link=link_result(target),
            by=_by(target),
            seen=None,
            state=None,
            done=not dry_run,
            recovered=recovered(target),
        )
        terminal.partial = result
        if not dry_run:
            try:
                back = swdflash.boot_flash(target)
            except StillInRom:
                terminal.say(*to_do(out_of_rom(wiring)))
                raise
            result.seen = back.seen
            result.state = state_result(back.state) if back.state else None
            if back.state and back.state.boot.empty:
                terminal.warn("flash-empty", "flash holds no program: nothing runs")
    would = "would be " if dry_run else ""
    lines = [f"{result.chip.name} {would}{WORDS[result.by]}"]
    if result.seen:
        lines.append(f"it is out of its ROM: {result.seen}")
    terminal.show(result, *lines)


def _by(target: swdflash.AnyTarget) -> str:
    """How it is brought back."""
    if not isinstance(target, swdflash.RomTarget):
        return "reset"
    if swdflash.leads_to_pins(target.link.info.via):
        return "lines"
    return BY_PROTOCOL[target.link.about.protocol]
