"""`swdflash sim show` and `sim dump`: a virtual board looked at from outside, not by a probe."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.console import RenderableType
from rich.text import Text

from swdflash.chips.boards import Led, Level, board_named
from swdflash.cli import render
from swdflash.cli.documents.envelope import address
from swdflash.cli.documents.sim import (
    BoardWiring,
    IllegalAccess,
    LedState,
    SimDumped,
    SimShowResult,
    SwdState,
    UsbDevice,
)
from swdflash.cli.options import command
from swdflash.cli.output_file import check_writable, save_memory
from swdflash.cli.sim_power import powered
from swdflash.cli.terminal import Terminal
from swdflash.images.image import Image
from swdflash.sim.store import Kept, Store
from swdflash.sim.unpowered import erase_counts, flash_contents, protection

if TYPE_CHECKING:
    from swdflash.sim.board import VirtualBoard
    from swdflash.sim.chip.virtual_chip import VirtualChip

LOG_SHOWN = 5

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The virtual board.")]


@command
def show(
    name: NameArgument,
    terminal: Terminal,
    run: Annotated[
        float | None,
        typer.Option(min=0, max=3600, metavar="S", help="Run this long [default: the uptime]."),
    ] = None,
) -> None:
    """Power a virtual board on, let it run, and show what became of it."""
    with powered(name) as (kept, board):
        seconds = kept.record.wiring.uptime_s if run is None else run
        board.power_on()
        board.spend(seconds)
        result = _shown(kept, board, seconds)
    terminal.show(result, *_for_people(result))


def _shown(kept: Kept, board: VirtualBoard, seconds: float) -> SimShowResult:
    chip = board.chip
    named = board_named(kept.record.board) if kept.record.board else None
    return SimShowResult(
        name=kept.name,
        chip=kept.chip.name,
        board=kept.record.board,
        ran_s=seconds,
        simulated=True,
        boot_source=chip.boot_source.value,
        swd=_swd(chip),
        power_mode=chip.power_mode.value,
        locked_up=chip.core.locked_up,
        dbgmcu_cr=address(chip.periphery.dbgmcu_cr),
        rdp=protection(kept),
        flash_sha256=sha256(flash_contents(kept)).hexdigest(),
        erase_counts=erase_counts(kept),
        wiring=msgspec.convert(msgspec.to_builtins(kept.record.wiring), BoardWiring),
        led=_led(board, named.led) if named else None,
        usb=_usb(board),
        illegal_accesses=[IllegalAccess(at_s, text) for at_s, text in board.log],
    )


def _usb(board: VirtualBoard) -> UsbDevice | None:
    if board.usb is None or not board.usb.present:
        return None
    seen = board.usb.identity
    return UsbDevice(f"{seen.vid:04x}", f"{seen.pid:04x}", seen.product, seen.serial)


def _swd(chip: VirtualChip) -> SwdState:
    lost = chip.swd_lost
    if lost is None:
        return SwdState(chip.swd_alive, None, None, None)
    return SwdState(chip.swd_alive, lost.at_s, address(lost.cause_pc), lost.cause_register)


def _led(board: VirtualBoard, led: Led) -> LedState:
    port, pin = board.chip.periphery.ports[led.pin[1]], int(led.pin[2:])
    level = port.level(pin)
    lit = port.drives(pin) and level == (led.on is Level.HIGH)
    times = [edge.at_s for edge in port.edges if edge.pin == pin]
    return LedState(led.pin, level, lit, port.edge_count[pin], _period(times))


def _period(edges: list[float]) -> float | None:
    """Seconds from blink to blink; of two edges alone, if it is on half the time."""
    if len(edges) < 3:
        return 2 * (edges[1] - edges[0]) if len(edges) == 2 else None
    blinks = (len(edges) - 1) // 2
    return (edges[-1] - edges[-1 - 2 * blinks]) / blinks


def _for_people(result: SimShowResult) -> Iterator[RenderableType]:
    yield Text.assemble((result.name, "bold"), f"  {result.chip}, ran ", _time(result.ran_s))
    yield render.facts(_facts(result))
    for access in result.illegal_accesses[:LOG_SHOWN]:
        yield Text(f"  at {access.at_s:.6f} s: {access.text}")
    hidden = len(result.illegal_accesses) - LOG_SHOWN
    if hidden > 0:
        yield Text(f"  and {hidden} more illegal accesses (--json has them all)")


def _facts(result: SimShowResult) -> Iterator[tuple[str, object]]:
    wiring = result.wiring
    yield "boots from", f"{result.boot_source} (BOOT0 {wiring.boot0}, BOOT1 {wiring.boot1})"
    yield "core", "locked up" if result.locked_up else result.power_mode
    yield "SWD", "alive" if result.swd.alive else _how_lost(result.swd)
    if result.led:
        yield "LED", _blinking(result.led)
    if result.usb:
        yield "USB", f"{result.usb.product}, serial {result.usb.serial}"
    yield "DBGMCU_CR", result.dbgmcu_cr
    yield "protection", f"RDP level {result.rdp}"
    yield "flash", f"sha256 {result.flash_sha256}"
    yield "page erases", _worn(result.erase_counts)
    yield "probe", f"{wiring.probe}, serial {wiring.serial}, {wiring.vtarget:g} V"
    yield "wires", _wires(wiring)
    yield "serial adapter", _serial_wires(wiring)


def _worn(counts: list[int]) -> str:
    if not any(counts):
        return "none"
    return f"{sum(counts)}, no page more than {_times(max(counts))}"


def _wires(wiring: BoardWiring) -> str:
    nrst = "NRST wired" if wiring.nrst_wired else "NRST not wired"
    if wiring.nrst_shorted:
        nrst += ", tied to ground"
    if wiring.nrst_rc_s:
        nrst += f", slow ({wiring.nrst_rc_s:g} s)"
    if not wiring.swd_wired:
        return f"{nrst}; SWD not wired"
    if wiring.swclk_limit_hz:
        return f"{nrst}; SWD good up to {wiring.swclk_limit_hz / 1000:g} kHz"
    return nrst


def _serial_wires(wiring: BoardWiring) -> str:
    lines = {"BOOT0": wiring.serial_boot0, "NRST": wiring.serial_nrst}
    wired = [f"{line.upper()} at {pin}" for pin, line in lines.items() if line]
    return ", ".join([f"RX and TX at {wiring.serial_to}", *wired])


def _how_lost(swd: SwdState) -> str:
    if swd.lost_at_s is None:
        return "dead"
    return f"lost at {_time(swd.lost_at_s)} by the code at {swd.cause_pc}: {swd.cause_register}"


def _blinking(led: LedState) -> str:
    lit = "lit" if led.lit else "dark"
    if led.period_s is None:
        return f"{led.pin} {lit}, toggled {_times(led.toggles)}"
    return f"{led.pin} {lit}, toggled {_times(led.toggles)}, one blink in {_time(led.period_s)}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _time(seconds: float) -> str:
    return render.seconds(seconds, simulated=True)


@command
def dump(
    name: NameArgument,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help=".bin or .hex")],
    terminal: Terminal,
) -> None:
    """Save a virtual board's flash as it is, not through any link."""
    check_writable(output)
    with Store().open(name) as kept:
        data, start = flash_contents(kept), kept.chip.flash.start
    save_memory(output, Image.of(start, data))
    result = SimDumped(name, str(output), address(start), len(data), sha256(data).hexdigest())
    terminal.show(result, Text(f"{render.size(len(data))} of {name}'s flash are in {output}"))
