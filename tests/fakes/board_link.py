"""A DebugLink straight onto a virtual board: no probe, no USB, no pyOCD between."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Self

import pytest

from swdflash.chips.chip import Chip
from swdflash.links.base import Costs, LinkInfo, Offers, Reset
from swdflash.links.errors import LinkLost, TransferFault
from swdflash.sim.board import VirtualBoard
from swdflash.sim.bus import BusFault, Master, ResetKind
from swdflash.sim.chip.halting import VC_CORERESET
from swdflash.sim.chip.nonvolatile import NonVolatile
from swdflash.sim.chip.registers import Reg
from swdflash.sim.wiring import Wiring

ROUND_TRIP_S = 0.45e-3
BYTES_PER_S = 260e3
UID = bytes(range(1, 13))


def new_board(
    chip: Chip, contents: bytes = b"", uid: bytes = UID
) -> tuple[VirtualBoard, NonVolatile]:
    """A board with power, and what its chip keeps without."""
    kept = NonVolatile.from_factory(chip, uid)
    kept.flash[: len(contents)] = contents
    board = VirtualBoard(chip, kept, Wiring(serial="0"))
    board.power_on()
    return board, kept


def sleep_on(board: VirtualBoard, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have `time.sleep` pass on the board's clock."""
    monkeypatch.setattr(time, "sleep", board.spend)


class BoardLink:
    """SWD as fast as an ST-Link V2 at 4 MHz; `before` is called in front of each access."""

    info = LinkInfo("board:", "board", "none", 4_000_000)
    offers = Offers.NRST
    costs = Costs(ROUND_TRIP_S, BYTES_PER_S, BYTES_PER_S)

    def __init__(self, board: VirtualBoard) -> None:
        self.board = board
        self.accesses = 0
        self.before: Callable[[int], None] = lambda _access: None

    def now(self) -> float:
        return self.board.clock.now

    def close(self) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _access(self, size: int = 4) -> None:
        self.accesses += 1
        self.before(self.accesses)
        self.board.spend(ROUND_TRIP_S + size / BYTES_PER_S)
        if not self.board.powered:
            raise LinkLost("no power")

    def _read(self, address: int, size: int) -> int:
        self._access(size)
        return self._load(address, size)

    def _load(self, address: int, size: int) -> int:
        try:
            return self.board.chip.bus.read(address, size, Master.DEBUG)
        except BusFault as fault:
            raise TransferFault(address, fault.reason) from fault

    def _write(self, address: int, size: int, value: int) -> None:
        self._access(size)
        self._store(address, size, value)

    def _store(self, address: int, size: int, value: int) -> None:
        try:
            self.board.chip.bus.write(address, size, value, Master.DEBUG)
        except BusFault as fault:
            raise TransferFault(address, fault.reason) from fault

    def read(self, address: int, size: int) -> bytes:
        assert address % 4 == size % 4 == 0, "whole words are enough here"
        self._access(size)
        words = range(address, address + size, 4)
        return b"".join(self._load(at, 4).to_bytes(4, "little") for at in words)

    def write(self, address: int, data: bytes) -> None:
        assert address % 4 == len(data) % 4 == 0, "whole words are enough here"
        self._access(len(data))
        for at in range(0, len(data), 4):
            self._store(address + at, 4, int.from_bytes(data[at : at + 4], "little"))

    def read32(self, address: int) -> int:
        return self._read(address, 4)

    def write32(self, address: int, value: int) -> None:
        self._write(address, 4, value)

    def read16(self, address: int) -> int:
        return self._read(address, 2)

    def write16(self, address: int, value: int) -> None:
        self._write(address, 2, value)

    def read_core(self, registers: Sequence[str]) -> list[int]:
        self._access(8 * len(registers))
        return [self.board.chip.core.get(Reg[name.upper()]) for name in registers]

    def write_core(self, values: Mapping[str, int]) -> None:
        self._access(8 * len(values))
        for name, value in values.items():
            self.board.chip.core.put(Reg[name.upper()], value)

    def halt(self) -> None:
        self._access()
        self.board.chip.core.halting.enabled = True
        self.board.chip.core.halt()

    def resume(self) -> None:
        self._access()
        self.board.chip.core.resume()

    def step(self) -> None:
        self._access()
        self.board.chip.core.resume(step=True)

    def is_halted(self) -> bool:
        self._access()
        return self.board.chip.core.halted

    def reset(self, kind: Reset = Reset.SYSTEM) -> None:
        self._access()
        self.board.chip.reset(ResetKind.SYSTEM if kind is Reset.SYSTEM else ResetKind.NRST)

    def reset_and_halt(self) -> None:
        """As `target.reset` does it."""
        halting = self.board.chip.core.halting
        halting.enabled = True
        halting.demcr |= VC_CORERESET
        self.reset()
        halting.demcr &= ~VC_CORERESET

    def drive_nrst(self, low: bool) -> None:
        self._access()
        self.board.drive_nrst(low)

    def dpidr(self) -> int:
        self._access()
        return self.board.chip.dpidr

    def set_clock(self, hz: int) -> int:
        return hz

    def flash_link(self, chip: Chip) -> None:
        return None

    def voltage(self) -> float | None:
        return None
