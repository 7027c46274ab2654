"""`swdflash recover [IMAGE…]`: gets a board back that does not answer any more."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from typing import Annotated

import typer
from rich.console import RenderableType

import swdflash
from swdflash.api.recovery import open_bench
from swdflash.cli import render
from swdflash.cli.diagnose import ElfOption
from swdflash.cli.documents.parts import chip_result, link_result
from swdflash.cli.documents.recovery import recover_result, rung_results
from swdflash.cli.documents.write import WriteResult, done_result, image_written, plan_result
from swdflash.cli.errors import Misused
from swdflash.cli.hand import hand_at
from swdflash.cli.options import (
    AddressOption,
    DryRunOption,
    ForceOption,
    Options,
    WayOptions,
    YesOption,
    command,
)
from swdflash.cli.reach import chosen_engine, goes_to_rom, record_to
from swdflash.cli.recovery_view import attempt_view, finding_view
from swdflash.cli.terminal import Terminal
from swdflash.links.errors import NoProbe
from swdflash.recovery.advice import once_back
from swdflash.recovery.bench import Bench
from swdflash.recovery.diagnose import examine, without_probe
from swdflash.recovery.errors import HandNeeded, NoWayIn, StillSilent
from swdflash.recovery.finding import Cause, Finding
from swdflash.recovery.recover import Recovered, attach_only, require_plain_attach
from swdflash.recovery.recover import recover as climb_back

STATES = {
    "attached": "the board answers; what runs on it goes on",
    "running": "the board answers a plain attach, and its firmware runs",
    "halted": "the core is halted before the first instruction of its firmware",
    "in-rom": "its ROM bootloader runs in its firmware's place",
}
UNSEEN = "its firmware was started; SWD was not seen to answer"
NEXT = (
    "write a program that leaves SWD alone: swdflash write IMAGE",
    "or disarm the one on it: swdflash recover --erase-first-page",
)
STAYS = {  # what can be done about a board that is left so
    "halted": (*NEXT, "it stays halted until it is reset or loses its power"),
    "in-rom": (*NEXT, "it stays there until it is reset with BOOT0 at 0"),
}


@dataclass(frozen=True)
class RecoverOptions(Options):
    """What becomes of a board that is back."""

    rom: Annotated[
        list[str] | None,
        typer.Option(
            "--rom", metavar="URL", help="A way to its ROM bootloader, too: uart:… or dfu:…"
        ),
    ] = None
    erase_first_page: Annotated[
        bool,
        typer.Option("--erase-first-page", help="Disarm its firmware (asks): it starts no more."),
    ] = False
    address: AddressOption = None
    force: ForceOption = None
    yes: YesOption = False
    dry_run: DryRunOption = False


@command
def recover(
    way: WayOptions,
    options: RecoverOptions,
    terminal: Terminal,
    images: Annotated[
        list[str] | None,
        typer.Argument(metavar="IMAGE[@ADDR]", help="Written once the board is back."),
    ] = None,
    elf: ElfOption = None,
    chip: Annotated[
        str | None, typer.Option(metavar="NAME", help="The chip, where it cannot tell itself.")
    ] = None,
) -> None:
    """Get a board back that does not answer any more.

    Finds out why, climbs to the core, and writes IMAGE. What needs nobody is tried first; then
    it says what to press. Without IMAGE the firmware is left halted, or disarmed if asked.
    """
    if images and options.erase_first_page:
        raise Misused("IMAGE and --erase-first-page exclude each other", "recover")
    loaded = swdflash.read_image(*images, address=options.address) if images else None
    terminal.recording = way.record
    files = [*(loaded.image.files if loaded else ()), *([elf] if elf else [])]
    with open_bench(
        way.via,
        engine=chosen_engine(way, terminal),
        clock_hz=way.clock,
        timeout_s=way.timeout,
        hand=hand_at(terminal),
        agree=lambda action: terminal.confirm(action, yes=options.yes),
        record=record_to(way, terminal, files),
        roms=options.rom or (),
    ) as bench:
        if options.dry_run:
            _show_ladder(bench, terminal)
            return
        finding = without_probe(bench) if goes_to_rom(way) else examine(bench, elf)
        finding = replace(finding, advice=once_back(finding.advice))
        work = Work(bench, terminal, options, loaded)
        work.begin(finding)
        if finding.cause is Cause.HEALTHY and not (loaded or options.erase_first_page):
            work.end("attached", "nothing to recover: the board answers and its firmware runs")
            return
        work.get_back(finding, chip)


@dataclass
class Work:
    """One recovery, its document growing as it goes on."""

    bench: Bench
    terminal: Terminal
    options: RecoverOptions
    loaded: swdflash.LoadedImage | None

    def begin(self, finding: Finding) -> None:
        """Say what is wrong, before anything is done about it."""
        simulated = self.bench.simulated
        self.result = recover_result(finding, simulated=simulated)
        self.terminal.partial = self.result
        self.terminal.say(*finding_view(finding, simulated=simulated))

    def get_back(self, finding: Finding, chip: str | None) -> None:
        """Climb; then write, disarm or leave halted."""
        try:
            found = climb_back(
                self.bench,
                finding,
                chip_name=chip,
                watch=lambda attempt: self.terminal.say(attempt_view(attempt)),
            )
        except (HandNeeded, NoWayIn) as nowhere:
            self.result.rungs = rung_results(nowhere.attempts)
            raise
        self.result.rungs = rung_results(found.finding.rungs)
        self.result.rung = found.climbed.rung.name
        name, target = found.target.chip.name, found.target
        with closing(target.link):
            try:
                left = self._settle(target)
            except BaseException as error:
                if isinstance(target, swdflash.Target):
                    target.presence.leave(error)
                raise
        if left in STAYS:
            self.end(left, f"{name} is back: {found.climbed.why}", *STAYS[left])
            return
        self._undo(found)
        if isinstance(target, swdflash.RomTarget):
            if not self._swd_answers():
                self.end(left, f"{name} is back ({found.climbed.rung.name})", state=UNSEEN)
                return
        else:
            slow = found.climbed.rung.name == "slower-clock"
            require_plain_attach(self.bench, target.link.info.clock_hz if slow else None)
        self.end(left, f"{name} is back ({found.climbed.rung.name})")

    def end(self, left: str, said: str, *then: str, state: str = "") -> None:
        """The result; `state` where there is more to say than `left`."""
        self.result.left = left
        lines: list[RenderableType] = [said, state or STATES[left], *render.tries(then)]
        self.terminal.show(self.result, *lines)

    def _swd_answers(self) -> bool:
        """What was written by the ROM runs; SWD may have been cut by more than firmware."""
        try:
            require_plain_attach(self.bench)
        except NoProbe:
            return False
        except StillSilent as silence:
            self.terminal.warn("swd-still-silent", f"{silence.reason}: look at the SWD wires")
            return False
        return True

    def _settle(self, target: swdflash.AnyTarget) -> str:
        """Give the board something to run, if that is wanted; how it is left."""
        if self.loaded is not None:
            self._write(target, self.loaded)
            return "running"
        if self.options.erase_first_page:
            self._disarm(target)
            return "running"
        if isinstance(target, swdflash.RomTarget):
            return "in-rom"
        if target.link.is_halted():
            return "halted"
        return "attached"

    def _write(self, target: swdflash.AnyTarget, loaded: swdflash.LoadedImage) -> None:
        checked = swdflash.check_image(loaded, target.chip, force=self.options.force or ())
        for note in checked.notes:
            self.terminal.warn(note.code, note.text)
        simulated = target.link.info.simulated
        with self.terminal.progress(simulated=simulated) as listen:
            prepared = swdflash.prepare_write(target, checked.image)
            self.result.wrote = WriteResult(
                chip=chip_result(target),
                link=link_result(target),
                image=image_written(checked),
                plan=plan_result(prepared.plan, simulated=simulated),
                done=None,
                recovered=None,
            )
            done = prepared.carry_out(listen)
        self.result.wrote.done = done_result(done, simulated=simulated)

    def _disarm(self, target: swdflash.AnyTarget) -> None:
        first = target.chip.flash.sectors[0]
        self.terminal.confirm(
            f"erase {render.size(first.size)} at {first.start:#010x} of {target.chip.name}: "
            "its firmware will not start any more",
            yes=self.options.yes,
        )
        prepared = swdflash.prepare_erase(target, [first])
        with self.terminal.progress(simulated=target.link.info.simulated) as listen:
            prepared.carry_out(listen)

    def _undo(self, found: Recovered) -> None:
        hand = self.bench.hand
        for act in found.climbed.undo:
            assert hand is not None, "only a hand has anything to put back"
            hand.do(act)


def _show_ladder(bench: Bench, terminal: Terminal) -> None:
    """What would be tried, in order. A plain attach is; it changes nothing."""
    finding = attach_only(bench)
    result = recover_result(finding, simulated=bench.simulated)
    rows = [(each.name, each.why) for each in finding.rungs]
    terminal.show(result, "would diagnose the board, then try, in this order:", render.facts(rows))
