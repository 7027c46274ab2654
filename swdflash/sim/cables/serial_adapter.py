"""A USB serial adapter with a board at its end: bytes and modem lines, in the board's time.

Costs are those of an adapter at full-speed USB, charged alike to whoever uses it: what is written
leaves `OUT_S` later (the next microframe that the host has a place in), and what was received is
fetched once a frame, each millisecond (USB 2.0 §5.3.3; FTDI's latency timer at its least).
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol

from swdflash.sim.cables.serial_faults import SerialFaults
from swdflash.sim.clock import PS_PER_S, Clock
from swdflash.sim.uart.frames import Burst, Format, Low, Parity
from swdflash.sim.uart.receiver import Receiver

if TYPE_CHECKING:
    from swdflash.sim.serial_socket import SerialSocket  # needs the extra `sim`

OUT_S = 0.000_125
FRAME_S = 0.001
OUT_PS, FRAME_PS = round(OUT_S * PS_PER_S), round(FRAME_S * PS_PER_S)


class SerialBoard(Protocol):
    """A board that an adapter can be wired to."""

    clock: Clock
    serial: SerialSocket

    def spend(self, seconds: float) -> None:
        """Let time pass."""
        ...

    def power_off(self) -> None:
        """Take the supply away."""
        ...


class AdapterGone(Exception):
    """The adapter is not in its socket any more."""


class SerialAdapter:
    """One adapter. `plugged`, `denied` and `busy` are as in a USB socket.

    All but `unplug` raise `AdapterGone`.
    """

    def __init__(self, board: SerialBoard, faults: SerialFaults | None = None) -> None:
        self.board = board
        self.plugged = True
        self.denied = False
        self.busy = False
        self.opened = False
        self.format = Format.at(9600)
        self._clock = board.clock
        self._socket = board.serial
        self._receiver = Receiver(self._socket.heard, self.format, board.clock.now_ps)
        self._fetched: deque[tuple[int, int]] = deque()  # when the host has it, and the byte
        self._break_since_ps: int | None = None
        self._faults = faults or SerialFaults()
        self._faults.prepare(self)

    # The port

    def open(self) -> None:
        """The driver asserts RTS and DTR, before anybody can say otherwise."""
        self._require_plugged()
        self.opened = True
        self.discard_input()
        self.set_lines(rts=True, dtr=True)

    def close(self) -> None:
        """The last one who has it open goes: the lines are let go (HUPCL), once all is sent."""
        self.opened = False
        if self.plugged:
            self.flush()
            self.set_lines(rts=False, dtr=False)

    def configure(self, baud: int, parity: Parity, stop_bits: int = 1) -> None:
        """How both directions are clocked from now on."""
        self._require_plugged()
        self.format = Format.at(baud, parity, stop_bits)
        self._collect()
        self._receiver.retune(self.format, self._clock.now_ps)

    def set_lines(self, *, rts: bool, dtr: bool) -> None:
        """Assert the modem lines, or let them go."""
        self._require_plugged()
        self._socket.set_lines(rts=rts, dtr=dtr)

    @property
    def lines(self) -> tuple[bool, bool]:
        """RTS and DTR as they are."""
        return self._socket.rts, self._socket.dtr

    def set_break(self, on: bool) -> None:
        """Hold the line low from now on, or let it go."""
        self._require_plugged()
        now_ps, since_ps = self._clock.now_ps, self._break_since_ps
        self._break_since_ps = now_ps if on else None
        if not on and since_ps is not None and now_ps > since_ps:
            self._socket.sent.put(Low(since_ps, now_ps - since_ps))

    def unplug(self) -> None:
        """Pull it out of its socket; its lines go as they do when nobody drives them."""
        self.plugged = False
        self._fetched.clear()
        self._socket.set_lines(rts=False, dtr=False)

    def cut_power(self) -> None:
        """Take the board's supply away."""
        self.board.power_off()

    # Bytes

    def write(self, data: bytes) -> None:
        """Have it sent, as soon as the line is free; nobody waits for that."""
        self._require_plugged()
        for piece in self._faults.outgoing(data):
            if piece.struck:
                self._pass_until(self._socket.sent.end_ps)
                self._faults.strike(piece.struck, self)
                self._require_plugged()
            at_ps = max(self._clock.now_ps + OUT_PS, self._socket.sent.end_ps)
            self._socket.sent.put(Burst(at_ps, self.format, piece.data, piece.bad_parity))

    def flush(self) -> None:
        """Wait until all is sent."""
        self._pass_until(self._socket.sent.end_ps)
        self._require_plugged()

    def read(self, size: int, timeout_s: float | None) -> bytes:
        """Up to `size` bytes, fewer when the time is over; None waits for ever."""
        self._require_plugged()
        now_ps = self._clock.now_ps
        until_ps = None if timeout_s is None else now_ps + round(timeout_s * PS_PER_S)
        while len(self._fetched_by_now()) < size and (until_ps is None or now_ps < until_ps):
            step_ps = (now_ps // FRAME_PS + 1) * FRAME_PS
            self._pass_until(step_ps if until_ps is None else min(step_ps, until_ps))
            self._require_plugged()
            now_ps = self._clock.now_ps
        return self._take(size)

    @property
    def waiting(self) -> int:
        """Bytes that can be read at once."""
        self._require_plugged()
        return len(self._fetched_by_now())

    def discard_input(self) -> None:
        """Forget what has come."""
        self._collect()
        self._fetched.clear()

    def settle(self, most_s: float) -> bytes:
        """Let time pass until nothing moves on the line any more; what has come by then."""
        until_ps = self._clock.now_ps + round(most_s * PS_PER_S)
        while self.plugged and self._clock.now_ps < until_ps and self._moves:
            self._pass_until((self._clock.now_ps // FRAME_PS + 1) * FRAME_PS)
        return self._take(len(self._fetched))

    # Inside

    @property
    def _moves(self) -> bool:
        """The line does, or the ROM is at work, or the host has not fetched everything yet."""
        rom, now_ps = self._socket.rom, self._clock.now_ps
        if max(self._socket.sent.end_ps, self._socket.heard.end_ps) > now_ps:
            return True
        return len(self._fetched_by_now()) < len(self._fetched) or (rom is not None and rom.at_work)

    def _require_plugged(self) -> None:
        if not self.plugged:
            raise AdapterGone

    def _pass_until(self, at_ps: int) -> None:
        left_ps = at_ps - self._clock.now_ps
        if left_ps > 0:
            self.board.spend(left_ps / PS_PER_S)

    def _collect(self) -> None:
        """What the adapter has received, and when the host fetches that."""
        for character in self._receiver.take(self._clock.now_ps, 1 << 20):
            fetched_ps = -(-character.ready_ps // FRAME_PS) * FRAME_PS
            for value in self._faults.incoming(character.value, self):
                self._fetched.append((fetched_ps, value))

    def _fetched_by_now(self) -> list[int]:
        self._collect()
        return [value for at_ps, value in self._fetched if at_ps <= self._clock.now_ps]

    def _take(self, size: int) -> bytes:
        here = bytes(self._fetched_by_now()[:size])
        for _ in here:
            self._fetched.popleft()
        return here
