"""`swdflash sim …`: virtual boards."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.text import Text

import swdflash
from swdflash.chips.boards import board_named, boards
from swdflash.cli import render
from swdflash.cli.documents.sim import BoardWiring, SimBoard, SimListResult, SimRemoved
from swdflash.cli.options import Options, command, command_group
from swdflash.cli.sim_exec import exec_
from swdflash.cli.sim_serve import serve
from swdflash.cli.sim_show import dump, show
from swdflash.cli.terminal import Terminal
from swdflash.errors import SwdflashError
from swdflash.images.image import Image
from swdflash.sim.errors import NothingSoldered
from swdflash.sim.store import Record, Store, builtin, serial_of
from swdflash.sim.unpowered import protect, put_firmware
from swdflash.sim.wiring import Line, SerialTo, Wiring

app = command_group("Virtual boards: try everything without hardware.")
app.command("show")(show)
app.command("dump")(dump)
app.command("exec")(exec_)
app.command("serve")(serve)


class ProbeKind(StrEnum):
    """What is plugged into the virtual USB."""

    ST_LINK_V2 = "st-link-v2"
    V2_1 = "v2-1"
    V3 = "v3"


class Level(StrEnum):
    """A jumper's position."""

    LOW = "0"
    HIGH = "1"


class LineChoice(StrEnum):
    """A modem line of a serial adapter, or none."""

    RTS = "rts"
    NOT_RTS = "!rts"
    DTR = "dtr"
    NOT_DTR = "!dtr"
    NONE = "none"

    @property
    def line(self) -> Line | None:
        """As a wiring has it."""
        return None if self is LineChoice.NONE else Line(self.value)


NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The virtual board.")]


@dataclass(frozen=True)
class WiringOptions(Options):
    """What a person can change with their hands; what is not given stays."""

    probe: Annotated[ProbeKind | None, typer.Option(help="The probe on it.")] = None
    boot0: Annotated[Level | None, typer.Option(help="The BOOT0 jumper.")] = None
    boot1: Annotated[Level | None, typer.Option(help="The BOOT1 jumper.")] = None
    nrst: Annotated[
        bool | None, typer.Option("--nrst/--no-nrst", help="Whether the NRST wire is connected.")
    ] = None
    nrst_rc: Annotated[
        float | None,
        typer.Option(min=0, max=10, metavar="S", help="Time constant of a capacitor at NRST."),
    ] = None
    nrst_shorted: Annotated[
        bool | None,
        typer.Option("--nrst-shorted/--no-nrst-shorted", help="Whether NRST is tied to ground."),
    ] = None
    swclk_limit: Annotated[
        int | None,
        typer.Option(min=0, metavar="HZ", help="Wires that spoil SWD above this clock; 0: good."),
    ] = None
    swd: Annotated[
        bool | None,
        typer.Option("--swd/--no-swd", help="Whether SWDIO and SWCLK reach the chip."),
    ] = None
    uptime: Annotated[
        float | None,
        typer.Option(
            min=0, max=3600, metavar="S", help="Time from power-on until the probe looks."
        ),
    ] = None
    vtarget: Annotated[
        float | None, typer.Option(min=0, max=5, metavar="V", help="Supply voltage.")
    ] = None
    hse: Annotated[
        float | None, typer.Option(min=0, max=50, metavar="MHZ", help="The crystal; 0: none.")
    ] = None
    usb: Annotated[
        bool | None, typer.Option("--usb/--no-usb", help="Whether the chip's USB has a socket.")
    ] = None
    usb_firmware: Annotated[
        bool | None,
        typer.Option(
            "--usb-firmware/--no-usb-firmware",
            help="Whether what runs from flash is a DFU device itself, and not ST's.",
        ),
    ] = None
    firmware: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Put into flash as the factory would.")
    ] = None
    serial_to: Annotated[
        SerialTo | None, typer.Option(help="What a serial adapter's wires lead to.")
    ] = None
    serial_boot0: Annotated[
        LineChoice | None,
        typer.Option(help="The adapter's line that drives BOOT0 high; `!`: low."),
    ] = None
    serial_nrst: Annotated[
        LineChoice | None,
        typer.Option(help="The adapter's line that pulls NRST low; `!`: lets go."),
    ] = None
    rdp: Annotated[
        int | None, typer.Option(min=0, max=2, help="Read protection level; 0 from 1 erases.")
    ] = None

    def applied(self, wiring: Wiring) -> Wiring:
        """The wiring with what was given changed."""
        given = {
            "probe": self.probe and self.probe.value,
            "boot0": self.boot0 and int(self.boot0),
            "boot1": self.boot1 and int(self.boot1),
            "nrst_wired": self.nrst,
            "nrst_rc_s": self.nrst_rc,
            "swd_wired": self.swd,
            "nrst_shorted": self.nrst_shorted,
            "uptime_s": self.uptime,
            "vtarget": self.vtarget,
            "usb": self.usb,
            "usb_firmware": self.usb_firmware,
            "serial_to": self.serial_to,
        }
        changes: dict[str, object] = {
            name: value for name, value in given.items() if value is not None
        }
        if self.swclk_limit is not None:
            changes["swclk_limit_hz"] = self.swclk_limit or None
        if self.hse is not None:
            changes["hse_hz"] = round(self.hse * 1_000_000) or None
        for name in ("serial_boot0", "serial_nrst"):
            choice: LineChoice | None = getattr(self, name)
            if choice is not None:
                changes[name] = choice.line
        return msgspec.structs.replace(wiring, **changes)

    def image(self) -> Image | None:
        """The firmware, read: a bad file is refused before anything is made."""
        return None if self.firmware is None else swdflash.read_image(str(self.firmware)).image


@app.command()
@command
def new(
    name: NameArgument,
    wires: WiringOptions,
    terminal: Terminal,
    board: Annotated[str | None, typer.Option(metavar="NAME", help="Such as bluepill.")] = None,
    chip: Annotated[str | None, typer.Option(metavar="NAME", help="Such as STM32F103C8.")] = None,
    size_word: Annotated[
        int | None,
        typer.Option(min=1, max=1024, metavar="KIB", help="What the flash size register says."),
    ] = None,
) -> None:
    """Make a virtual board."""
    record = _soldered(name, board, chip)
    record = msgspec.structs.replace(
        record, wiring=wires.applied(record.wiring), size_word_kib=size_word
    )
    image = wires.image()
    store = Store()
    store.create(name, record)
    try:
        _prepare(store, name, image, wires.rdp)
    except SwdflashError:
        store.remove(name)
        raise
    _report(terminal, "made", name, record)


def _soldered(name: str, board: str | None, chip: str | None) -> Record:
    if board is not None:
        named = builtin(board_named(board).name)
        assert named is not None
        wiring = msgspec.structs.replace(named.wiring, serial=serial_of(name))
        return msgspec.structs.replace(named, wiring=wiring, chip=chip or named.chip)
    if chip is None:
        raise NothingSoldered(name)
    swdflash.chip_named(chip)  # an unknown chip is refused before anything is made
    return Record(chip=chip.upper(), wiring=Wiring(serial=serial_of(name)))


@app.command("set")
@command
def set_(name: NameArgument, wires: WiringOptions, terminal: Terminal) -> None:
    """Move the jumpers and wires of a virtual board."""
    store, image = Store(), wires.image()
    with store.open(name):  # a built-in board is made on first use
        pass
    _prepare(store, name, image, wires.rdp)
    before = store.read(name)
    record = msgspec.structs.replace(before, wiring=wires.applied(before.wiring))
    store.change(name, record)
    _report(terminal, "set", name, record)


def _prepare(store: Store, name: str, image: Image | None, rdp: int | None) -> None:
    with store.open(name) as kept:
        if image is not None:
            put_firmware(kept, image)
        if rdp is not None:
            protect(kept, rdp)


@app.command("list")
@command
def list_(terminal: Terminal) -> None:
    """List the virtual boards, and those that are made on first use."""
    store = Store()
    names = store.names()
    listed = [_listed(store, name) for name in names]
    for board in boards():
        record = builtin(board.name)
        if record is not None and board.name not in names:
            listed.append(described(board.name, record, made=False))
    rows = [(f"sim:{each.name}", each.chip or "-", _probe(each), _note(each)) for each in listed]
    terminal.show(SimListResult(listed), render.grid(("--via", "chip", "probe", ""), rows))


def _listed(store: Store, name: str) -> SimBoard:
    try:
        return described(name, store.read(name))
    except SwdflashError as problem:
        return SimBoard(name, None, None, None, problem=str(problem))


def _probe(board: SimBoard) -> str:
    return board.wiring.probe if board.wiring else "-"


def _note(board: SimBoard) -> str:
    return board.problem or ("" if board.made else "made on first use")


@app.command()
@command
def rm(name: NameArgument, terminal: Terminal) -> None:
    """Throw a virtual board away, with what is in its flash."""
    Store().remove(name)
    terminal.show(SimRemoved(name), Text(f"removed {name}"))


def described(name: str, record: Record, *, made: bool = True) -> SimBoard:
    """A board as documents have it."""
    wiring = msgspec.convert(msgspec.to_builtins(record.wiring), BoardWiring)
    return SimBoard(name, record.chip, record.board, wiring, made)


def _report(terminal: Terminal, done: str, name: str, record: Record) -> None:
    wiring = record.wiring
    terminal.show(
        described(name, record),
        Text(f"{done} {name}: {record.chip} with {wiring.probe}; reach it by --via sim:{name}"),
    )
