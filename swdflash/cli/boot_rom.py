"""`swdflash boot rom`: into the ROM bootloader, by whatever leads there."""

from __future__ import annotations

from dataclasses import dataclass

import swdflash
from swdflash.chips.boards import Board, board_named
from swdflash.chips.boot_by_hand import into_rom
from swdflash.chips.chip import Chip
from swdflash.chips.data import chip_named
from swdflash.cli.boot_view import by_interface, by_way, to_do
from swdflash.cli.documents.boot import BootRomResult
from swdflash.cli.documents.parts import chip_result, link_result, recovered
from swdflash.cli.documents.rom import interface_results
from swdflash.cli.info import BoardOption
from swdflash.cli.options import DryRunOption, LinkOptions, command
from swdflash.cli.reach import leads_to_rom, reached
from swdflash.cli.terminal import Terminal
from swdflash.links.errors import NoProbe
from swdflash.target.boot_errors import NoWayToRom

PATIENCE_S = 120.0  # for a hand at the board
NO_HAND_S = 5.0  # where modem lines do it
SWD_GONE = "nothing more is seen of it over SWD, as it takes one of SWD's pins"
USB = "dfu:"  # the only device in DFU mode


@dataclass(frozen=True)
class Wait:
    """What is waited for, and what is known of it."""

    via: str
    chip: Chip | None
    board: Board | None
    timeout_s: float  # 0 where nobody has said

    @property
    def by_lines(self) -> bool:
        """Whether modem lines do what a hand would."""
        return swdflash.leads_to_pins(self.via)

    @property
    def steps(self) -> tuple[str, ...]:
        """What is left to a hand."""
        return () if self.by_lines else into_rom(self.chip, self.board)

    @property
    def patience_s(self) -> float:
        """How long."""
        return self.timeout_s or (NO_HAND_S if self.by_lines else PATIENCE_S)


@command
def rom(
    link: LinkOptions, terminal: Terminal, board: BoardOption = None, dry_run: DryRunOption = False
) -> None:
    """Bring the chip into its ROM bootloader, which writes flash over a serial port or USB.

    Over SWD, whatever BOOT0 is at; by RTS and DTR where --via says that they lead to BOOT0 and
    NRST; else by hand: says what to do, and waits for the ROM to answer (2 minutes, or --timeout).
    """
    name = board or terminal.settings.board
    wiring = board_named(name) if name else None
    if leads_to_rom(link):
        wait = Wait(link.via, known_chip(terminal, wiring), wiring, link.timeout)
        _await(wait, terminal, dry_run=dry_run)
        return
    try:
        _over_swd(link, terminal, dry_run=dry_run)
    except NoProbe as nothing:
        if link.via != "auto":
            raise
        chip = known_chip(terminal, wiring)
        if chip and not chip.rom.listens_on("USB"):
            listens = ", ".join(map(str, chip.rom.interfaces))
            raise NoWayToRom(chip.name, listens) from nothing
        terminal.warn("no-probe", "no debug probe is plugged in: waiting for the ROM's USB instead")
        _await(Wait(USB, chip, wiring, link.timeout), terminal, dry_run=dry_run)


def known_chip(terminal: Terminal, board: Board | None) -> Chip | None:
    """The chip that was named, by itself or by its board."""
    if terminal.settings.chip:
        return chip_named(terminal.settings.chip)
    return board.make_chip() if board else None


def _over_swd(link: LinkOptions, terminal: Terminal, *, dry_run: bool) -> None:
    with reached(link, terminal) as target:
        chip = target.chip
        vectors = swdflash.rom_vectors(target)
        result = BootRomResult(
            chip=chip_result(target),
            link=link_result(target),
            by="swd",
            to_do=[],
            seen=None,
            interfaces=interface_results(chip.rom.interfaces),
            next=by_interface(chip),
            done=not dry_run,
            recovered=recovered(target),
        )
        if not dry_run:
            started = swdflash.start_rom(target)
            result.by = "pins" if started.by_pins else "swd"
            result.seen = str(started.running) if started.running else None
    which = f"the ROM bootloader of {chip.name} at {vectors.reset & ~1:#010x}"
    if dry_run:
        terminal.show(result, f"would reset the chip and start {which}")
        return
    seen = f"the core is {result.seen}" if result.seen else SWD_GONE
    terminal.show(result, f"{which} is started; {seen}", *_listed("go on", result.next))


def _await(wait: Wait, terminal: Terminal, *, dry_run: bool) -> None:
    """By lines or by hand; and wait until it answers."""
    if wait.chip:
        swdflash.require_interface(wait.chip, wait.via)
    result = BootRomResult(
        chip=None,
        link=None,
        by="lines" if wait.by_lines else "hand",
        to_do=list(wait.steps),
        seen=None,
        interfaces=interface_results(wait.chip.rom.interfaces) if wait.chip else [],
        next=by_way(wait.via),
        done=not dry_run,
        recovered=None,
    )
    if dry_run:
        how = "reset it by RTS and DTR with BOOT0 high" if wait.by_lines else "wait for a hand"
        words = f"would {how}, until the ROM answers at {wait.via}"
        terminal.show(result, words, *to_do(wait.steps))
        return
    terminal.say(*to_do(wait.steps))
    with swdflash.await_rom(
        wait.via, chip=terminal.settings.chip, timeout_s=wait.patience_s
    ) as target:
        about, chip = target.link.about, target.chip
        result.chip, result.link = chip_result(target), link_result(target)
        result.interfaces = interface_results(chip.rom.interfaces)
        result.seen = f"it answers: {about.protocol} {about.version}"
    went = f"{chip.name} is in its ROM bootloader: {result.seen}"
    terminal.show(result, went, *_listed("go on", result.next))


def _listed(what: str, lines: list[str]) -> list[str]:
    return [f"{what}: {line}" for line in lines]
