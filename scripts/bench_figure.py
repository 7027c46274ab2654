"""What the figures of the ROM bootloaders are made of: a job, a board in its ROM, a tool's go."""

from __future__ import annotations

import random
from dataclasses import dataclass

import msgspec

from swdflash.chips.chip import Chip
from swdflash.sim.board import VirtualBoard
from swdflash.sim.chip.nonvolatile import NonVolatile
from swdflash.sim.wiring import Wiring

FROM_POWER_ON_S = 0.5  # so long ago that every ROM waits for somebody to speak
ENTRY = 0x100  # from the start of flash
STAND_STILL = b"\xfe\xe7"  # B .


@dataclass(frozen=True)
class Case:
    """A job: what is in flash before, what is to be in it, and the least that it takes."""

    name: str
    before: bytes
    image: bytes
    floor_s: float


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One tool's go at one job, on the board's clock."""

    way: str  # "UART 115200", "USB DFU"
    case: str
    tool: str
    simulated_s: float
    floor_s: float
    byte_exact: bool
    exit_code: int

    @property
    def times_floor(self) -> float:
        """How many times the least."""
        return self.simulated_s / self.floor_s


def firmware(chip: Chip, seed: int, size: int) -> bytes:
    """Noise behind a vector table that makes sense; it stands still when it is run."""
    stack = chip.sram[0].end.to_bytes(4, "little")
    entry = (chip.flash.start + ENTRY + 1).to_bytes(4, "little")
    noise = bytearray(random.Random(seed).randbytes(size))
    noise[:8] = stack + entry
    noise[ENTRY : ENTRY + len(STAND_STILL)] = STAND_STILL
    return bytes(noise)


def board_in_rom(chip: Chip, flash: bytes) -> tuple[VirtualBoard, NonVolatile]:
    """A board whose BOOT0 is high, on for a while; `flash` begins with these bytes."""
    kept = NonVolatile.from_factory(chip, bytes(range(1, 13)))
    kept.flash[: len(flash)] = flash
    board = VirtualBoard(chip, kept, Wiring(serial="B" * 24, boot0=1))
    board.boot()
    board.spend(FROM_POWER_ON_S)
    return board, kept


def figure(
    way: str, case: Case, tool: str, took_s: float, kept: NonVolatile, exit_code: int = 0
) -> Figure:
    """What came of it, by the board's own memory."""
    return Figure(
        way=way,
        case=case.name,
        tool=tool,
        simulated_s=round(took_s, 4),
        floor_s=round(case.floor_s, 4),
        byte_exact=kept.flash[: len(case.image)] == case.image,
        exit_code=exit_code,
    )
