"""`swdflash boot rom`: into the ROM bootloader, by whatever leads there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

import typer

import swdflash
from swdflash.chips.boards import Board, board_named
from swdflash.chips.boot_by_hand import into_rom
from swdflash.chips.chip import Chip
from swdflash.chips.data import chip_named
from swdflash.cli.boot_view import by_interface, by_way, to_do
from swdflash.cli.documents.boot import BootRomResult
from swdflash.cli.documents.parts import chip_result, link_result, recovered
from swdflash.cli.documents.rom import interface_results
from swdflash.cli.errors import Misused
from swdflash.cli.info import BoardOption
from swdflash.cli.options import DryRunOption, LinkOptions, command
from swdflash.cli.reach import goes_to_rom, reached, record_to
from swdflash.cli.terminal import Terminal
from swdflash.links.errors import NoProbe
from swdflash.links.via import AUTO, parse
from swdflash.target.boot_errors import NoWayToRom

PATIENCE_S = 120.0  # for a hand at the board
NO_HAND_S = 5.0  # where modem lines do it
SWD_GONE = "nothing more is seen of it over SWD, as it takes one of SWD's pins"
USB = "dfu:"  # the only device in DFU mode
UART, REPLAY = "uart", "replay:"
OF_LINES = ("boot0", "nrst", "invert")  # options of a way


DetectOption = Annotated[
    bool,
    typer.Option(
        "--detect-lines", help="Find out which of RTS and DTR lead to BOOT0 and NRST: resets it."
    ),
]


@dataclass(frozen=True)
class Wait:
    """What is waited for, and what is known of it."""

    via: str
    chip: Chip | None
    board: Board | None

    @property
    def by_lines(self) -> bool:
        """Whether modem lines do what a hand would."""
        return swdflash.leads_to_pins(self.via)

    @property
    def steps(self) -> tuple[str, ...]:
        """What is left to a hand."""
        return () if self.by_lines else into_rom(self.chip, self.board)

    def result(self, *, done: bool) -> BootRomResult:
        """The document, as far as it can be known before the ROM answers."""
        return BootRomResult(
            chip=None,
            link=None,
            by="lines" if self.by_lines else "hand",
            lines=None,
            to_do=list(self.steps),
            seen=None,
            interfaces=interface_results(self.chip.rom.interfaces) if self.chip else [],
            next=by_way(self.via),
            done=done,
            recovered=None,
        )


@command
def rom(
    link: LinkOptions,
    terminal: Terminal,
    board: BoardOption = None,
    detect_lines: DetectOption = False,
    dry_run: DryRunOption = False,
) -> None:
    """Bring the chip into its ROM bootloader, which writes flash over a serial port or USB.

    Over SWD, whatever BOOT0 is at; by RTS and DTR where --via says that they lead to BOOT0 and
    NRST; else by hand: says what to do, and waits for the ROM to answer (2 minutes, or --timeout).
    """
    name = board or terminal.settings.board
    wiring = board_named(name) if name else None
    chip = known_chip(terminal, wiring)
    if detect_lines:
        _detect(link, terminal, chip, dry_run=dry_run)
    elif goes_to_rom(link):
        _await(Wait(link.via, chip, wiring), link, terminal, dry_run=dry_run)
    else:
        try:
            _over_swd(link, terminal, dry_run=dry_run)
        except NoProbe as nothing:
            if link.via != AUTO:
                raise
            _without_probe(Wait(USB, chip, wiring), link, terminal, nothing, dry_run=dry_run)


def _without_probe(
    wait: Wait, link: LinkOptions, terminal: Terminal, nothing: NoProbe, *, dry_run: bool
) -> None:
    """USB needs no name; a serial port does."""
    chip = wait.chip
    if chip and not chip.rom.listens_on("USB"):
        listens = ", ".join(map(str, chip.rom.interfaces))
        raise NoWayToRom(chip.name, listens) from nothing
    terminal.warn("no-probe", "no debug probe is plugged in: waiting for the ROM's USB instead")
    _await(wait, link, terminal, dry_run=dry_run)


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
            lines=None,
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


def _await(wait: Wait, link: LinkOptions, terminal: Terminal, *, dry_run: bool) -> None:
    """By lines or by hand; and wait until it answers."""
    if wait.chip and not wait.via.startswith(REPLAY):
        swdflash.require_interface(wait.chip, wait.via)
    result = wait.result(done=not dry_run)
    if dry_run:
        how = "reset it by RTS and DTR with BOOT0 high" if wait.by_lines else "wait for a hand"
        words = f"would {how}, until the ROM answers at {wait.via}"
        terminal.show(result, words, *to_do(wait.steps))
        return
    terminal.say(*to_do(wait.steps))
    terminal.recording = link.record
    with swdflash.await_rom(
        wait.via,
        chip=terminal.settings.chip,
        timeout_s=link.timeout or (NO_HAND_S if wait.by_lines else PATIENCE_S),
        record=record_to(link, terminal, ()),
    ) as target:
        about, chip = target.link.about, target.chip
        result = replace(wait, via=target.link.info.via).result(done=True)
        result.chip, result.link = chip_result(target), link_result(target)
        result.interfaces = interface_results(chip.rom.interfaces)
        result.seen = f"it answers: {about.protocol} {about.version}"
    went = f"{chip.name} is in its ROM bootloader: {result.seen}"
    terminal.show(result, went, *_listed("go on", result.next))


def _detect(link: LinkOptions, terminal: Terminal, chip: Chip | None, *, dry_run: bool) -> None:
    """Which line is which; the chip is in its ROM then."""
    if parse(link.via, link.engine).method != UART:
        raise Misused("--detect-lines takes --via uart:PORT", terminal.command)
    plain = Wait(link.via, chip, None)
    if dry_run:
        words = "would reset the chip by each of RTS and DTR, and see whether its ROM answers"
        terminal.show(plain.result(done=False), words)
        return
    found = swdflash.find_lines(link.via, timeout_s=link.timeout)
    way = with_lines(link.via, str(found.lines))
    result = Wait(way, chip, None).result(done=True)
    result.by, result.to_do, result.lines = "lines", [], str(found.lines)
    result.seen = found.trials[-1].outcome
    words = f"the lines are {result.lines}: {result.seen}"
    terminal.show(result, words, *_listed("go on", result.next))


def with_lines(via: str, lines: str) -> str:
    """The way with these options for its lines, in the place of any that it had."""
    place, _, query = via.partition("?")
    others = [each for each in query.split("&") if each and each.partition("=")[0] not in OF_LINES]
    return f"{place}?{'&'.join((*others, lines))}"


def _listed(what: str, lines: list[str]) -> list[str]:
    return [f"{what}: {line}" for line in lines]
