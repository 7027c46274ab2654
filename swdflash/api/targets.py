"""Reaching a chip, and starting what is on it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from swdflash.api.errors import NoProgram
from swdflash.flashing.on_chip import OnChip
from swdflash.links.base import Connect
from swdflash.links.factory import open_debug_link
from swdflash.target.identify import identify
from swdflash.target.reset import reset_and_halt
from swdflash.target.target import Target

if TYPE_CHECKING:
    from swdflash.host.found import FoundProbe

LOG = logging.getLogger(__name__)


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
def open_target(
    via: str = "auto",
    *,
    chip: str | None = None,
    connect: Connect = Connect.ATTACH,
    clock_hz: int | None = None,
    timeout_s: float = 0.0,
    record: Path | None = None,
    argv: Sequence[str] = (),
    inputs: Sequence[Path] = (),
) -> Iterator[Target]:
    """The chip that `via` leads to, identified; the link is closed at the end.

    `chip` vouches for a part that cannot tell itself. With `record`, every call on the link goes
    into that file, after `argv` and the contents of `inputs`. Raises LinkError, TargetError kinds.
    """
    with open_debug_link(
        via,
        connect=connect,
        clock_hz=clock_hz,
        timeout_s=timeout_s,
        record=record,
        argv=argv,
        inputs=inputs,
    ) as link:
        info = link.info
        LOG.info("%s: %s by %s, SWD at %d Hz", info.via, info.probe, info.engine, info.clock_hz)
        target = identify(link, chip_name=chip)
        LOG.info("%s, UID %s", target.chip.name, target.identity.uid)
        yield target


def program_at(target: Target, address: int) -> Program:
    """The program whose vector table is at `address`. Raises `NoProgram`, LinkError kinds."""
    words = target.link.read(address, 8)
    stack, reset = (int.from_bytes(words[at : at + 4], "little") for at in (0, 4))
    stack_in_ram = any(ram.start < stack <= ram.end for ram in target.chip.sram)
    if address % 4 or not stack_in_ram or reset % 2 == 0:
        raise NoProgram(address, f"{stack:#010x} and {reset:#010x}")
    return Program(address, stack, reset)


def start(target: Target, program: Program) -> None:
    """Reset the chip and run the program. Raises ResetNotCaught, LinkError kinds."""
    reset_and_halt(target.link)
    OnChip(target.link, target.chip).run(program.address)
