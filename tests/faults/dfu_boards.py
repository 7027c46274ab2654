"""Writes to virtual boards over USB, with bad luck drawn from a seed."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from swdflash.errors import Exit
from swdflash.sim.faults import ENVIRONMENT, Fault
from tests.faults.bench import NAME, Bench, Outcome, command
from tests.faults.luck import Kind, interrupted, transfers_of

CHIPS = ("STM32F072CB", "STM32F405RG")
# No flipped bits: a packet of USB is covered by a CRC, and sent again (USB 2.0 §8.3.5).
KINDS = (Fault.UNPLUG, Fault.POWER_CUT, Fault.POWER_CUT_BUSY, Kind.CTRL_C)
LONGEST = 9000
TYPED = {Exit.NO_ANSWER, Exit.LINK_LOST, Exit.INTERRUPTED}


@dataclass
class DfuBoard:
    """A board with BOOT0 high and something in its flash, and an image for it."""

    bench: Bench
    image: Path
    address: int
    data: bytes
    before: bytes

    @classmethod
    def drawn(cls, seed: int, folder: Path) -> DfuBoard:
        """One of the chips, random bytes on it, an image somewhere in its first sectors."""
        draw = random.Random(seed)
        bench = Bench("--chip", CHIPS[seed % len(CHIPS)], "--boot0", "1", "--uptime", "0.01")
        flash = bench.chip.flash
        held = draw.randbytes(LONGEST * 2).ljust(flash.span.size, b"\xff")
        data = draw.randbytes(draw.randrange(1, LONGEST))
        address = flash.start + draw.randrange(8, LONGEST)
        image = folder / f"image-{seed}.bin"
        image.write_bytes(data)
        board = cls(bench, image, address, data, held)
        board.fill()
        return board

    def fill(self) -> None:
        """As it was before."""
        self.bench.memory = self.bench.fill(self.before)

    def write(self) -> Outcome:
        """The command that a person gives, and gives again."""
        place = f"{self.image}@{self.address:#x}"
        return command("write", place, "--via", f"dfu:sim:{NAME}", "--timeout", "5", "--json")

    @property
    def transfers(self) -> int:
        """That the write makes."""
        count = transfers_of(self.write)
        self.fill()
        return count

    def struck(self, kind: Fault | Kind, transfer: int) -> Outcome:
        """The write with something wrong; then, where it failed, the same command once more."""
        if kind is Kind.CTRL_C:
            outcome = interrupted(transfer, self.write)
        else:
            with mock.patch.dict(os.environ, {ENVIRONMENT: f"{kind}@{transfer}"}):
                outcome = self.write()
        if outcome.exit != Exit.DONE:
            assert outcome.exit in TYPED, outcome.err
            again = self.write()
            assert again.exit == Exit.DONE, again.err
        self.must_hold_the_image()
        return outcome

    def must_hold_the_image(self) -> None:
        """And all that was beside it; asked of the board."""
        at = self.address - self.bench.chip.flash.start
        wanted = self.before[:at] + self.data + self.before[at + len(self.data) :]
        assert self.bench.memory.flash == wanted


def run(seed: int, folder: Path, strikes: int) -> dict[str, int]:
    """So many writes of one seed's board, each with one thing wrong; how they ended."""
    board = DfuBoard.drawn(seed, folder)
    draw = random.Random(seed)
    transfers = board.transfers
    ends: dict[str, int] = {}
    for _ in range(strikes):
        kind, transfer = draw.choice(KINDS), draw.randint(1, transfers)
        try:
            exit_code = board.struck(kind, transfer).exit
        except AssertionError as wrong:
            wrong.add_note(f"seed {seed}, {kind}@{transfer}")
            raise
        ends[Exit(exit_code).name] = ends.get(Exit(exit_code).name, 0) + 1
        board.fill()
    return ends
