"""The chip's SWD pins: whether they answer, and what a transaction on the wire costs.

A transaction is 8 request bits, turnaround, 3 acknowledge bits, turnaround and 33 data bits: 46
clocks (IHI 0031 §B4.2); an ST-Link adds 8 idle clocks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from swdflash.sim.adiv5.acks import Ack, SwdError
from swdflash.sim.adiv5.dp import DebugPort
from swdflash.sim.adiv5.mem_ap import MemAp
from swdflash.sim.adiv5.signal import Signal
from swdflash.sim.bus import Bus

CLOCKS_PER_TRANSACTION = 46
IDLE_CLOCKS = 8
CLOCKS_PER_REFUSAL = 8 + 1 + 3 + 1 + IDLE_CLOCKS  # no data phase after WAIT, FAULT or silence
CLOCKS_PER_LINE_RESET = 50 + 16 + 50 + IDLE_CLOCKS  # with the JTAG-to-SWD switch between
SETTLE_S = 0.25e-3  # the core may see what the wire did this late, never later


class DebuggedChip(Protocol):
    """What the SWD port needs of the chip."""

    @property
    def bus(self) -> Bus:
        """What the AHB-AP is a master of."""
        ...

    @property
    def dpidr(self) -> int:
        """What the debug port says it is."""
        ...

    @property
    def swd_alive(self) -> bool:
        """Whether PA13 and PA14 are SWD pins now."""
        ...

    @property
    def power_ups(self) -> int:
        """How often the debug port got its supply: each time it has forgotten everything."""
        ...

    def when_clocked(self, action: Callable[[], None]) -> None:
        """Do it now, or as soon as the bus has its clock."""
        ...


class DebuggedBoard(Protocol):
    """What the SWD port needs of the board."""

    @property
    def chip(self) -> DebuggedChip:
        """The chip at the other end."""
        ...

    @property
    def powered(self) -> bool:
        """Whether the board has its supply."""
        ...

    @property
    def signal(self) -> Signal:
        """What SWCLK and SWDIO carry."""
        ...

    def spend(self, seconds: float) -> None:
        """Let time pass; the core runs on."""
        ...


class SwdPort:
    """SWCLK and SWDIO of the chip on a board, seen from the probe.

    `disturbed` holds acknowledges that the next transactions get in place of their own.
    """

    def __init__(self, board: DebuggedBoard) -> None:
        self._board = board
        self._power_ups = board.chip.power_ups
        self._dp = self._fresh_dp()
        self._owed_clocks = 0
        self.swclk_hz = 1_800_000
        self.disturbed: deque[Ack] = deque()

    def line_reset(self) -> None:
        """Switch from JTAG to SWD and reset the line (IHI 0031 §B5.2)."""
        self._charge(CLOCKS_PER_LINE_RESET)

    def read(self, address: int) -> int:
        """Read a DP register."""
        self._begin()
        return self._board.signal.received(self._dp.read(address), self.swclk_hz)

    def write(self, address: int, value: int) -> None:
        """Write a DP register."""
        self._begin()
        self._dp.write(address, value)

    def read_ap(self, address: int) -> int:
        """Read an AP register: returns the result of the read before."""
        self._begin()
        return self._board.signal.received(self._dp.read_ap(address), self.swclk_hz)

    def write_ap(self, address: int, value: int) -> None:
        """Write an AP register."""
        self._begin()
        self._dp.write_ap(address, value)

    def accept_write(self, address: int, *, ap: bool) -> None:
        """Acknowledge a write whose data are still to come; raises `SwdError` unless with OK."""
        ack = self._acknowledge()
        if ack is not Ack.OK:
            self._charge(CLOCKS_PER_REFUSAL)
            raise SwdError(ack)
        self._dp.accept_write(address, ap=ap)

    def note_bad_parity(self) -> None:
        """The data of a write did not match their parity bit: nothing is written."""
        self._dp.note_write_data_error()

    def settle(self) -> None:
        """Let the time pass that the wire has taken so far."""
        clocks, self._owed_clocks = self._owed_clocks, 0
        if clocks:
            self._board.spend(clocks / self.swclk_hz)

    def _begin(self) -> None:
        ack = self._acknowledge()
        if ack is Ack.OK:
            self._charge(CLOCKS_PER_TRANSACTION + IDLE_CLOCKS)
            return
        self._charge(CLOCKS_PER_REFUSAL)
        raise SwdError(ack)

    def _acknowledge(self) -> Ack:
        chip = self._board.chip
        if chip.power_ups != self._power_ups:
            self._power_ups = chip.power_ups
            self._dp = self._fresh_dp()
        answers = self._board.powered and chip.swd_alive
        if not answers or self._board.signal.loses_request(self.swclk_hz):
            return Ack.NONE
        return self.disturbed.popleft() if self.disturbed else Ack.OK

    def _charge(self, clocks: int) -> None:
        self._owed_clocks += clocks
        if self._owed_clocks >= SETTLE_S * self.swclk_hz:
            self.settle()

    def _fresh_dp(self) -> DebugPort:
        chip = self._board.chip
        return DebugPort(chip.dpidr, {0: MemAp(chip.bus)}, chip.when_clocked)
