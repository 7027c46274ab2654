"""A write by way of a ROM that is cut off at a byte of UART, or at a transfer of USB."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from swdflash.sim.board import VirtualBoard
from swdflash.sim.cables.serial_faults import SerialFaults
from swdflash.sim.faults import ENVIRONMENT, Fault
from swdflash.sim.store import Store, file_name
from tests.faults.bench import NAME, Bench, Memory, Outcome, command
from tests.faults.luck import Kind, struck, watched
from tests.faults.rom_bench import rom_bench
from tests.faults.scene import FLASH, Piece, random_bytes

IMAGE = Piece(FLASH + 0x401, random_bytes(5, 3000))  # begins and ends within a sector of any chip
OTHER = Piece(FLASH + 0x8101, random_bytes(6, 99))
BESIDE = 0x400  # in flash: a byte that is erased with the image's sectors, and must survive
Step = Callable[[int], None]


@contextmanager
def at_each_step(method: str, seen: Step) -> Iterator[None]:
    """Have `seen` called with the number of each byte, or transfer, before it passes."""
    if method == "dfu":
        with watched(lambda transfer, _plug: seen(transfer)):
            yield
        return
    following = SerialFaults._next

    def noting(faults: SerialFaults) -> tuple[Fault, ...]:
        seen(faults.passed + 1)
        return following(faults)

    with mock.patch.object(SerialFaults, "_next", noting):
        yield


@dataclass
class Cut:
    """A board in its ROM, and the write that is cut off."""

    method: str
    chip: str
    folder: Path
    bench: Bench = field(init=False)
    before: Memory = field(init=False)
    steps: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.bench = rom_bench(self.method, self.chip)
        for name, piece in (("image", IMAGE), ("other", OTHER)):
            (self.folder / f"{name}.bin").write_bytes(piece.data)
        self.before = self.bench.memory
        self.steps = self._steps()

    def write(self) -> Outcome:
        """The command that is cut off."""
        return self._write("image", IMAGE, self.bench.via)

    def write_other(self, via: str) -> Outcome:
        """A command that knows nothing of the first, by another way."""
        return self._write("other", OTHER, via)

    def _write(self, name: str, piece: Piece, via: str) -> Outcome:
        place = f"{self.folder / name}.bin@{piece.address:#x}"
        return command("write", place, "--via", via, "--json")

    def _steps(self) -> dict[str, int]:
        """The last step at which the byte beside the image is erased; and one half way through."""
        file = Store().folder / NAME / file_name("flash")
        first, last = IMAGE.address - FLASH, IMAGE.span.end - FLASH - 1
        found: dict[str, int] = {}

        def look(step: int) -> None:
            with file.open("rb") as cells:
                now = os.pread(cells.fileno(), last + 1, 0)
            if now[BESIDE] == 0xFF:
                found["erase"] = step
            if now[first] == IMAGE.data[0] and now[last] != IMAGE.data[-1]:
                found["program"] = step

        with at_each_step(self.method, look):
            done = self.write()
        assert done.exit == 0, done.out
        self.bench.memory = self.before
        return found

    def struck(self, fault: str, stage: str) -> Outcome | None:
        """The write, cut off; None where its process was killed.

        Over USB power goes in the middle of the next dfuDNBUSY.
        """
        step = self.steps[stage]
        if fault in ("SIGINT", "SIGTERM"):
            return self._interrupted(signal.Signals[fault], step)
        if fault == Kind.KILL:
            return struck(Kind.KILL, step, self.write)
        if self.method == "dfu" and fault == Kind.POWER_CUT:
            fault = Fault.POWER_CUT_BUSY
        with mock.patch.dict(os.environ, {ENVIRONMENT: f"{fault}@{step}"}):
            return self.write()

    def _interrupted(self, number: signal.Signals, step: int) -> Outcome:
        def press(now: int) -> None:
            if now == step:
                signal.raise_signal(number)

        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            with at_each_step(self.method, press):
                return self.write()
        finally:
            signal.signal(signal.SIGINT, before)

    def reset_by_hand(self, stage: str) -> Outcome:
        """The write, while somebody moves BOOT0 to 0 and presses RESET."""
        boards: list[VirtualBoard] = []
        boot = VirtualBoard.boot

        def booting(board: VirtualBoard) -> None:
            boards.append(board)
            boot(board)

        def press(now: int) -> None:
            if now == self.steps[stage]:
                boards[-1].set_boot0(0)
                boards[-1].press_reset(hold_s=0.01, after_s=0.01)

        with mock.patch.object(VirtualBoard, "boot", booting), at_each_step(self.method, press):
            return self.write()

    def must_hold(self, *pieces: Piece) -> None:
        """These, and all beside the image as it was; nothing is left to be put back."""
        now, wanted = self.bench.memory, self.before.flash
        for piece in pieces:
            wanted = piece.on(wanted)
        if IMAGE not in pieces:  # it may be there or not
            own = slice(IMAGE.address - FLASH, IMAGE.span.end - FLASH)
            wanted = wanted[: own.start] + now.flash[own] + wanted[own.stop :]
        assert now.flash == wanted
        assert now.options == self.before.options
        assert not now.journals
