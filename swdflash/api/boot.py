"""What a chip boots from; into its ROM bootloader, and back to its program."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from swdflash.api.targets import RecordTo, open_rom_target
from swdflash.chips.chip import Chip
from swdflash.links.base import Reset
from swdflash.links.engine import Engine
from swdflash.links.rom_factory import detect_lines
from swdflash.links.uart.errors import PortEchoes
from swdflash.links.via import parse
from swdflash.target.boot_errors import LinesNotFound, NoSuchInterface
from swdflash.target.boot_flash import boot_flash_over_debug, boot_flash_over_rom
from swdflash.target.boot_rom import RomVectors, read_rom_vectors
from swdflash.target.boot_state import BootState, read_boot_state
from swdflash.target.rom_target import AnyTarget, RomTarget
from swdflash.target.target import Target

if TYPE_CHECKING:
    from swdflash.links.uart.detect import Detection

LOOK_AGAIN_S = 0.5
LISTENS = {"uart": "USART", "dfu": "USB"}  # a way's method → how ROMs call that interface


@dataclass(frozen=True)
class BackInFlash:
    """How a chip left its ROM; `state` is None where it could not be looked at afterwards."""

    seen: str  # by what that is known
    state: BootState | None


def boot_state(target: Target) -> BootState:
    """What the chip boots from, why, and where its core is. Raises LinkError."""
    return read_boot_state(target)


def rom_vectors(target: Target) -> RomVectors:
    """Where the ROM bootloader begins. Raises NoRomVectors, LinkError."""
    return read_rom_vectors(target.link, target.chip)


def boot_flash(target: AnyTarget, kind: Reset = Reset.SYSTEM) -> BackInFlash:
    """Have the chip start the program in flash, and see that it does.

    By a reset over SWD; a ROM starts it by Go or by leaving DFU. Raises StillInRom, NothingToBoot,
    LinkError kinds.
    """
    if isinstance(target, RomTarget):
        by_lines = leads_to_pins(target.link.info.via)
        return BackInFlash(boot_flash_over_rom(target, by_lines=by_lines), None)
    state = boot_flash_over_debug(target, kind)
    if state is None:
        return BackInFlash("the program has taken SWD away since the reset", None)
    return BackInFlash(f"{state.boot.evidence}, and the core is {state.running}", state)


@contextmanager
def await_rom(
    via: str, *, chip: str | None = None, timeout_s: float, record: RecordTo | None = None
) -> Iterator[RomTarget]:
    """The chip whose ROM bootloader `via` leads to, as soon as it answers.

    A program that echoes is outwaited, too: somebody may be about to press RESET. Raises what
    `open_rom_target` does.
    """
    deadline = time.monotonic() + timeout_s
    with ExitStack() as held:
        while True:
            patience = max(0.0, deadline - time.monotonic())
            try:
                opening = open_rom_target(via, chip=chip, timeout_s=patience, record=record)
                target = held.enter_context(opening)
                break
            except PortEchoes:
                if time.monotonic() >= deadline:
                    raise
            time.sleep(LOOK_AGAIN_S)
        target.link.stay()
        yield target


def leads_to_pins(via: str) -> bool:
    """Whether a way names modem lines that lead to BOOT0 and to NRST."""
    return parse(via, Engine.AUTO).wired


def find_lines(via: str, *, timeout_s: float = 0.0) -> Detection:
    """Which of RTS and DTR of a serial port lead to BOOT0 and NRST, by trying them.

    The chip is reset on the way, and in its ROM where they are found. Raises LinesNotFound and
    LinkError kinds.
    """
    found = detect_lines(via, timeout_s=timeout_s)
    if found.lines is None:
        raise LinesNotFound(via, len(found.trials), _heard(found))
    return found


def _heard(found: Detection) -> str:
    """What came of the trials, each outcome once."""
    return "; ".join(dict.fromkeys(trial.outcome for trial in found.trials))


def require_interface(chip: Chip, via: str) -> None:
    """Raises NoSuchInterface where the chip's ROM cannot be at the end of this way."""
    wanted = LISTENS[parse(via, Engine.AUTO).method]
    if not chip.rom.listens_on(wanted):
        raise NoSuchInterface(chip.name, wanted, ", ".join(map(str, chip.rom.interfaces)))
