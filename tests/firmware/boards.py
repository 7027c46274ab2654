"""Virtual boards that run the firmwares of this folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from swdflash.chips.data import chip_named
from swdflash.images.image import Segment
from swdflash.images.load import FileBytes, load_bytes
from swdflash.sim.board import VirtualBoard
from swdflash.sim.chip.nonvolatile import NonVolatile
from swdflash.sim.wiring import Wiring

FOLDER = Path(__file__).parent
SERIAL = "066DFF535051717867112233"

SWD_DEAD = (
    "swj_off",
    "swj_off_10ms",
    "swj_off_in_interrupt",
    "stop_wfi",
    "stop_wfe",
    "standby_rtc",
)
AP_WAITS = ("sleep", "sleep_systick")  # the debug port answers, what is behind it does not
RESET_LOOPS = ("iwdg_loop", "wwdg_loop")
LOOK_ALIKES = ("jtag_off", "pa13_pa14_outputs", "stop_dbgmcu", "long_delay")
RUNS_NOTHING = ("lockup", "early_fault", "bad_stack", "wrong_address", "offset_app")


def elf(name: str) -> Path:
    """The built firmware."""
    return FOLDER / f"{name}.elf"


def segments(name: str) -> tuple[Segment, ...]:
    """What the built firmware has to be in flash."""
    files = [FileBytes(name, elf(name).read_bytes())]
    return tuple(load_bytes(files, bin_address=0x0800_0000).image.segments)


def board_with(name: str, *, chip: str = "STM32F103C8", **wiring: Any) -> VirtualBoard:
    """A board with this firmware in its flash, not powered yet."""
    part = chip_named(chip)
    nonvolatile = NonVolatile.from_factory(part, b"locked board")
    for segment in segments(name):
        at = segment.address - part.flash.start
        nonvolatile.flash[at : at + len(segment.data)] = segment.data
    wires = Wiring(**{"serial": SERIAL, **wiring})
    return VirtualBoard(part, nonvolatile, wires)


def booted(name: str, **wiring: Any) -> VirtualBoard:
    """The board after power-on and `uptime_s`."""
    board = board_with(name, **wiring)
    board.boot()
    return board
