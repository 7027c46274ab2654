"""From link options to a chip within reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import swdflash
from swdflash.cli.options import ReachOptions, WayOptions
from swdflash.cli.record_end import as_recorded, state_files
from swdflash.cli.terminal import Terminal
from swdflash.links.rom_factory import leads_to_rom
from swdflash.links.via import AUTO
from swdflash.target.errors import NeedsDebugPort


@contextmanager
def reached(
    link: ReachOptions, terminal: Terminal, *, inputs: Sequence[Path] = ()
) -> Iterator[swdflash.Target]:
    """The chip whose debug port the options lead to; what is odd about it is said.

    `inputs` are the files that the command reads: a recording holds them, and what earlier
    commands left.
    """
    if goes_to_rom(link):
        raise NeedsDebugPort(f"`swdflash {terminal.command}`", link.via)
    terminal.recording = link.record
    with swdflash.open_target(
        link.via,
        engine=chosen_engine(link, terminal),
        chip=terminal.settings.chip,
        clock_hz=link.clock,
        timeout_s=link.timeout,
        on_connect=link.dbgmcu,
        recover=not link.no_recover,
        record=record_to(link, terminal, inputs),
    ) as target:
        if not target.arrival.plain:
            told(target.arrival, terminal)
        for note in target.identity.notes:
            terminal.warn(note.code, note.text)
        yield target


@contextmanager
def reached_either_way(
    link: ReachOptions, terminal: Terminal, *, inputs: Sequence[Path] = ()
) -> Iterator[swdflash.AnyTarget]:
    """The same, or the chip whose ROM bootloader the options lead to.

    Where they leave the way open and no probe is there, that is the only chip in DFU mode.
    """
    if link.via == AUTO and (rom := swdflash.rom_without_probe(link.timeout)):
        terminal.warn("no-probe-but-dfu", str(rom))
        link = replace(link, via=rom.via)
    if not goes_to_rom(link):
        with reached(link, terminal, inputs=inputs) as target:
            yield target
        return
    terminal.recording = link.record
    with swdflash.open_rom_target(
        link.via,
        chip=terminal.settings.chip,
        timeout_s=link.timeout,
        record=record_to(link, terminal, inputs),
    ) as rom_target:
        for note in rom_target.identity.notes:
            terminal.warn(note.code, note.text)
        yield rom_target


def goes_to_rom(link: WayOptions) -> bool:
    """Whether `--via` names a ROM bootloader. Raises what `links.via.parse` does."""
    return leads_to_rom(link.via, link.engine)


def chosen_engine(link: WayOptions, terminal: Terminal) -> swdflash.EngineChoice:
    """The engine that options and settings ask for."""
    return swdflash.EngineChoice(link.engine, terminal.settings.openocd_path, link.openocd_target)


def record_to(
    link: WayOptions, terminal: Terminal, inputs: Sequence[Path]
) -> swdflash.RecordTo | None:
    """Where a recording goes, if one is asked for, and what belongs into it."""
    if link.record is None:
        return None
    return swdflash.RecordTo(link.record, as_recorded(terminal), [*inputs, *state_files()])


def told(arrival: swdflash.Arrival, terminal: Terminal) -> None:
    """Which way in worked, why the plain one did not, and what to do about it."""
    way = f"a plain attach failed ({arrival.refused}); {arrival.rung} got in: {arrival.how}"
    terminal.warn("recovered", way)
    sure = "proven" if arrival.proven else "likely"
    evidence = [f"  {what}: {value}" for what, value in arrival.evidence]
    terminal.warn(arrival.cause, "\n".join((f"cause ({sure}): {arrival.cause}", *evidence)))
    for line in arrival.advice:
        terminal.warn("advice", line)
