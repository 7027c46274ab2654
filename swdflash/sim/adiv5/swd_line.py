"""SWDIO clock by clock: what the chip's pins make of bits, and what they answer (IHI 0031 §B4).

The chip samples SWDIO at a rising edge of SWCLK, and changes what it drives just after one. A
host that looks right after an edge so sees what one that looks right before the next does.
"""

from __future__ import annotations

from collections.abc import Callable

from swdflash.sim.adiv5.acks import Ack, SwdError
from swdflash.sim.adiv5.swd_port import SwdPort

LINE_RESET = 50  # clocks with SWDIO high (IHI 0031 §B4.3.3)
JTAG_TO_SWD, SWD_TO_JTAG = 0xE79E, 0xE73C  # least significant bit first (IHI 0031 §B5.2)
SWITCH_BITS = 16
REQUEST_BITS, DATA_BITS = 8, 33
TURNAROUND = 2  # the edge at which the chip lets SWDIO go, and the turnaround's own
DPIDR_READ = 0b1010_0101  # start, DP, read, A[3:2] = 0, parity, stop, park; first bit lowest
STOP, PARK = 1 << 6, 1 << 7
PULLED_UP = 1  # PA13 has its pull-up after a reset (RM0008 §31.4.3)


class SwdLine:
    """The pins of a chip, in front of its `SwdPort`. They speak JTAG until they are switched.

    `level` is SWDIO for a host that does not drive it.
    """

    def __init__(self, port: SwdPort) -> None:
        self._port = port
        self.level = PULLED_UP
        self._ones = 0
        self._switch = 0  # bits after a line reset, while they may become a switch
        self._switch_bits = SWITCH_BITS
        self._speaks_swd = False
        self._only_dpidr = False  # from a line reset until the first good transaction
        self._edge: Callable[[int], None] = self._ignore
        self._after: Callable[[int], None] = self._ignore
        self._count = 0
        self._bits = 0
        self._write: Callable[[int], None] | None = None

    def forget(self) -> None:
        """The chip has lost its supply: JTAG again (RM0008 §31.3.1)."""
        self._speaks_swd = False
        self._await(self._ignore)

    def clock(self, driven: int | None) -> None:
        """A rising edge of SWCLK; the host drives SWDIO, or does not (None)."""
        bit = self.level if driven is None else driven
        if bit:
            self._ones += 1
            if self._ones == LINE_RESET:
                self._line_reset()
                return
        elif self._ones >= LINE_RESET:
            self._ones = self._switch = self._switch_bits = 0
        else:
            self._ones = 0
        if self._switch_bits < SWITCH_BITS:
            self._watch_for_switch(bit)
        self._edge(bit)

    def _line_reset(self) -> None:
        self.level = PULLED_UP
        self._only_dpidr = True
        self._await(self._idle if self._speaks_swd else self._ignore)
        self._edge = self._reset_ends if self._speaks_swd else self._ignore

    def _watch_for_switch(self, bit: int) -> None:
        self._switch |= bit << self._switch_bits
        self._switch_bits += 1
        if self._switch_bits == SWITCH_BITS and self._switch in {JTAG_TO_SWD, SWD_TO_JTAG}:
            self._speaks_swd = self._switch == JTAG_TO_SWD
            self._edge = self._ignore  # until the next line reset

    def _await(self, edge: Callable[[int], None]) -> None:
        self._edge, self._count, self._bits = edge, 0, 0

    def _ignore(self, _bit: int) -> None:
        """Not spoken to, or after an error in the protocol: only a line reset helps."""

    def _reset_ends(self, bit: int) -> None:
        if not bit:
            self._await(self._idle)

    def _idle(self, bit: int) -> None:
        if bit:
            self._bits, self._count, self._edge = 1, 1, self._request

    def _request(self, bit: int) -> None:
        self._bits |= bit << self._count
        self._count += 1
        if self._count == REQUEST_BITS:
            self._answer(self._bits)

    def _answer(self, request: int) -> None:
        parity = (request >> 1 & 0xF).bit_count() & 1
        good = parity == request >> 5 & 1 and not request & STOP and request & PARK
        if not good or (self._only_dpidr and request != DPIDR_READ):
            self._await(self._ignore)
            return
        ap, reads, address = bool(request & 2), bool(request & 4), request >> 1 & 0xC
        try:
            if reads:
                value = self._port.read_ap(address) if ap else self._port.read(address)
                odd = value.bit_count() & 1
                self._drive(Ack.OK | value << 3 | odd << 35, 3 + DATA_BITS, self._idle)
            else:
                self._port.accept_write(address, ap=ap)
                self._write = (
                    (lambda value: self._port.write_ap(address, value))
                    if ap
                    else (lambda value: self._port.write(address, value))
                )
                self._drive(Ack.OK, 3, self._data)
        except SwdError as error:
            self._refuse(error.ack)
        else:
            self._only_dpidr = False

    def _refuse(self, ack: Ack) -> None:
        """Without overrun detection there is no data phase (IHI 0031 §B4.2.3)."""
        if ack is Ack.NONE:
            self._await(self._ignore)
        else:
            self._drive(ack, 3, self._idle)

    def _drive(self, bits: int, count: int, after: Callable[[int], None]) -> None:
        self._edge, self._bits, self._count, self._after = self._driving, bits, count, after

    def _driving(self, _bit: int) -> None:
        self._ones = 0
        if self._count > 0:
            self.level = self._bits & 1
            self._bits >>= 1
        else:
            self.level = PULLED_UP
        self._count -= 1
        if self._count == -TURNAROUND:
            self._await(self._after)

    def _data(self, bit: int) -> None:
        self._bits |= bit << self._count
        self._count += 1
        if self._count < DATA_BITS:
            return
        bits, write = self._bits, self._write
        self._await(self._idle)
        if bits.bit_count() & 1:
            self._port.note_bad_parity()
        elif write is not None:
            write(bits & 0xFFFF_FFFF)
