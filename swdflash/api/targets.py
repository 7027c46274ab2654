"""Reaching a chip, and starting what is on it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from swdflash.api.errors import NoProgram
from swdflash.api.reaching import Reach, target_within_reach
from swdflash.api.readiness import remember_arrival
from swdflash.links.base import Connect, Reset
from swdflash.links.engine import BY_THE_WAY, EngineChoice
from swdflash.links.factory import hold_way
from swdflash.links.rom_factory import leads_to_rom, open_rom_link
from swdflash.links.start import start_program
from swdflash.memory import Span
from swdflash.target.errors import NeedsDebugPort, ReadProtected
from swdflash.target.identify_rom import identify_rom
from swdflash.target.presence import OnConnect
from swdflash.target.reset import reset_and_halt, reset_and_run
from swdflash.target.rom_reach import permit_address
from swdflash.target.rom_target import AnyTarget, RomTarget
from swdflash.target.target import Target

if TYPE_CHECKING:
    from swdflash.host.found import FoundProbe

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class RecordTo:
    """Where calls on a link are recorded; `argv` and the contents of `inputs` go in front."""

    file: Path | None
    argv: Sequence[str] = ()
    inputs: Sequence[Path] = ()


@dataclass(frozen=True)
class Program:
    """A program within the chip's memory, by the start of its vector table."""

    address: int
    initial_sp: int
    reset: int


def find_probes() -> tuple[FoundProbe, ...]:
    """The debug probes that are plugged in, those that may not be opened included."""
    from swdflash.host import probes  # noqa: PLC0415  (pyOCD takes its time to load)

    return probes.find_probes()


@contextmanager
def open_target(  # noqa: PLR0913  (each by name, each with a default)
    via: str = "auto",
    *,
    engine: EngineChoice = BY_THE_WAY,
    chip: str | None = None,
    connect: Connect = Connect.ATTACH,
    clock_hz: int | None = None,
    timeout_s: float = 0.0,
    on_connect: OnConnect = OnConnect.RESTORE,
    recover: bool = True,
    record: RecordTo | None = None,
) -> Iterator[Target]:
    """The chip that `via` leads to, identified; the link is closed at the end.

    `engine` decides what drives the probe where `via` leaves it open. `chip` vouches for a part
    that cannot tell itself. Probe and chip are waited for up to `timeout_s` each. Where a plain
    attach fails, `recover` climbs the rungs that need nobody and lose nothing but the program's
    state (`target.arrival` tells); `on_connect` says what becomes of DBGMCU_CR. With `record`,
    every call on the link goes into a file. Raises LinkError, TargetError kinds; `NeedsDebugPort`
    for a way to the ROM bootloader, which `open_rom_target` opens.
    """
    if leads_to_rom(via, engine.engine):
        raise NeedsDebugPort("this", via)
    reach = Reach(chip, connect, clock_hz, on_connect, recover, timeout_s)
    to = record or RecordTo(None)
    with (
        hold_way(
            via,
            timeout_s=timeout_s,
            engine=engine,
            record=to.file,
            argv=to.argv,
            inputs=to.inputs,
        ) as way,
        target_within_reach(way, reach) as target,
    ):
        info = target.link.info
        LOG.info("%s: %s by %s, SWD at %d Hz", info.via, info.probe, info.engine, info.clock_hz)
        LOG.info("%s, UID %s", target.chip.name, target.identity.uid)
        remember_arrival(target)
        yield target


@contextmanager
def open_rom_target(
    via: str,
    *,
    chip: str | None = None,
    timeout_s: float = 0.0,
    record: RecordTo | None = None,
) -> Iterator[RomTarget]:
    """The chip whose ROM bootloader `via` leads to (`uart:…`, `dfu:…`); closed at the end.

    `chip` vouches for a part that cannot tell itself. A port or a device that is not there yet is
    waited for up to `timeout_s`. A chip that was reset into its ROM for it is reset out of it at
    the end, unless it is to stay (`RomLink.stay`). With `record`, every call on the link goes into
    a file. Raises LinkError, TargetError kinds.
    """
    to = record or RecordTo(None)
    with open_rom_link(
        via, timeout_s=timeout_s, record=to.file, argv=to.argv, inputs=to.inputs
    ) as link:
        target = identify_rom(link, chip_name=chip)
        about = link.about
        LOG.info("%s: %s by %s %s", link.info.via, link.info.probe, about.protocol, about.version)
        LOG.info("%s, by %s", target.chip.name, target.identity.told_by)
        yield target


def program_at(target: AnyTarget, address: int) -> Program:
    """The program whose vector table is at `address`.

    Raises `NoProgram`, ReadProtected (a ROM starts nothing then, AN3155), OutOfRomsReach, LinkError
    kinds.
    """
    if isinstance(target, RomTarget) and target.link.about.protected:
        raise ReadProtected(target.chip.name)
    permit_address(target, Span(address, 8))
    words = target.link.read(address, 8)
    stack, reset = (int.from_bytes(words[at : at + 4], "little") for at in (0, 4))
    stack_in_ram = any(ram.start < stack <= ram.end for ram in target.chip.sram)
    if address % 4 or not stack_in_ram or reset % 2 == 0:
        raise NoProgram(address, f"{stack:#010x} and {reset:#010x}")
    return Program(address, stack, reset)


def start(target: AnyTarget, program: Program) -> None:
    """Reset the chip and run the program; a ROM starts it by Go or by leaving DFU.

    Raises ResetNotCaught, LinkError kinds.
    """
    if isinstance(target, RomTarget):
        target.link.flash_link(target.chip).run(program.address)
        return
    target.presence.hand_over()
    reset_and_halt(target.link)
    start_program(target.link, program.address, target.chip.flash.start)


def reset(target: Target, kind: Reset = Reset.SYSTEM, *, halt: bool = False) -> None:
    """Reset the chip and let it run, or halt it before its first instruction.

    DBGMCU_CR is put back before. Raises ResetNotCaught, LinkError kinds.
    """
    target.presence.hand_over()
    if halt:
        reset_and_halt(target.link, kind)
    else:
        reset_and_run(target.link, kind)
