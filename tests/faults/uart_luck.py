"""Writes over a serial line on which a seed decides what goes wrong, and what came of them.

The board stays powered and is never reset by hand: after an error the adapter is plugged in again,
and the same write must come off on the ROM in whatever state it was left.
"""

from __future__ import annotations

import os
import random
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from swdflash.chips.data import chip_named
from swdflash.errors import SwdflashError
from swdflash.flashing.write import prepare_write
from swdflash.images.image import Image
from swdflash.links.pace import Pace
from swdflash.links.uart.opening import open_link
from swdflash.links.via import Via
from swdflash.sim.board import VirtualBoard
from swdflash.sim.cables.serial_adapter import SerialAdapter
from swdflash.sim.cables.serial_faults import SerialFaults
from swdflash.sim.cables.serialport.socket import plugged_serial
from swdflash.sim.faults import NO_FAULTS, Fault, FaultPlan
from swdflash.sim.opening import booted
from swdflash.sim.store import Record, Store, serial_of
from swdflash.sim.wiring import Line, Wiring
from swdflash.target.identify_rom import identify_rom

CHIP = chip_named("STM32F103C8")
FLASH = CHIP.flash
NAME = "bench"
ON_THE_LINE = (Fault.LOSE, Fault.DOUBLE, Fault.BIT_FLIP, Fault.BAD_PARITY, Fault.NOISE)
MOST_FAULTS = 8
LONGEST = 2500  # bytes of an image
WIRES = {"boot0": "rts", "nrst": "dtr"}


@dataclass(frozen=True)
class Luck:
    """What a seed draws."""

    seed: int
    held: bytes  # in flash before
    address: int
    data: bytes  # the image
    wired: bool  # BOOT0 and NRST, to RTS and DTR
    plan: FaultPlan

    @property
    def wanted(self) -> bytes:
        """What flash is to hold."""
        at = self.address - FLASH.start
        return self.held[:at] + self.data + self.held[at + len(self.data) :]


def luck(seed: int) -> Luck:
    """A board, an image and what goes wrong."""
    draw = random.Random(seed)
    held = b"".join(
        b"\xff" * page.size if draw.random() < 0.5 else draw.randbytes(page.size)
        for page in FLASH.sectors
    )
    data = draw.randbytes(draw.randrange(1, LONGEST))
    address = FLASH.start + draw.randrange(8, FLASH.span.size - len(data))
    # What passes: sync, questions, the sectors at the edges twice, what is written and checked.
    passes = 600 + 4 * 1100 + 3 * len(data)
    wired = draw.random() < 0.5
    passes += 4000 * wired  # other rates are tried out
    at = {
        draw.randrange(1, passes): (draw.choice(ON_THE_LINE),)
        for _ in range(draw.randrange(1, MOST_FAULTS + 1))
    }
    if draw.random() < 0.4:
        at[draw.randrange(1, passes)] = (Fault.UNPLUG,)
    return Luck(seed, held, address, data, wired, FaultPlan(at, seed))


@dataclass(frozen=True)
class Ended:
    """What came of it: the codes of the errors on the way, and whether flash is as wanted."""

    errors: tuple[str, ...]
    right: bool


def run(drawn: Luck, folder: Path) -> Ended:
    """Write, and again without bad luck as long as an error comes of it, three times at most."""
    errors: list[str] = []
    wiring = Wiring(
        serial=serial_of(NAME),
        boot0=int(not drawn.wired),
        uptime_s=0.01,
        serial_boot0=Line.RTS if drawn.wired else None,
        serial_nrst=Line.DTR if drawn.wired else None,
    )
    store = Store(folder)
    store.create(NAME, Record(chip="STM32F103C8", wiring=wiring))
    with store.open(NAME) as kept:
        kept.nonvolatile.flash[: len(drawn.held)] = drawn.held
    with mock.patch.dict(os.environ, SWDFLASH_STATE_DIR=str(folder)), booted(NAME) as board:
        for plan in (drawn.plan, NO_FAULTS, NO_FAULTS):
            try:
                write(drawn, board, plan, folder / "journals")
                break
            except SwdflashError as error:
                errors.append(error.code)
    with store.open(NAME) as kept:
        right = bytes(kept.nonvolatile.flash[: len(drawn.held)]) == drawn.wanted
    return Ended(tuple(errors), right)


def write(drawn: Luck, board: VirtualBoard, plan: FaultPlan, journals: Path) -> None:
    """One write by an adapter that is plugged in now."""
    adapter = SerialAdapter(board, SerialFaults(plan))
    way = Via("uart", "PORT", tuple(WIRES.items()) if drawn.wired else ())
    pace = Pace(lambda: board.clock.now, board.spend, simulated=True)
    with plugged_serial(NAME, adapter) as place, ExitStack() as stack:
        held = stack.enter_context(ExitStack())
        link = open_link(way, place, pace, timeout_s=0.0, held=held)
        stack.enter_context(link)
        image = Image.of(drawn.address, drawn.data)
        prepare_write(identify_rom(link), image, journals=journals).carry_out(reset=False)
