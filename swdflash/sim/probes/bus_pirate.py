"""A Bus Pirate v3 in raw-wire mode: SWDIO on MOSI, SWCLK on CLK, NRST on AUX.

Bytes come in by a serial line, each is answered. Sources: the Bus Pirate's documentation of its
binary modes (bitbang, raw-wire), OpenOCD src/jtag/drivers/buspirate.c.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from swdflash.sim.adiv5.swd_line import SwdLine
from swdflash.sim.adiv5.swd_port import SwdPort
from swdflash.sim.probes.wires import ProbedBoard

BITS_PER_BYTE = 10  # 8N1
BAUD = 115_200  # of the serial line; raw-wire mode never changes it
ZEROS_TO_BITBANG = 20
BITBANG, RAW_WIRE = b"BBIO1", b"RAW1"
ENTER_RAW_WIRE, LEAVE = 0x05, 0x0F
OK, UNKNOWN = b"\x01", b"\x00"
SWCLK_HZ = {0: 5_000, 1: 50_000, 2: 100_000, 3: 400_000}
POWER, PULL_UPS, AUX, CHIP_SELECT = 8, 4, 2, 1
LSB_FIRST = 2
LOWEST_FIRST, HIGHEST_FIRST = tuple(range(8)), tuple(range(7, -1, -1))


class Mode(Protocol):
    """What a received byte means."""

    def __call__(self, byte: int) -> bytes:
        """The answer to it."""
        ...


class BusPirate:
    """The firmware: serial bytes in, answers out, wires moved on the way."""

    def __init__(self, board: ProbedBoard) -> None:
        self._board = board
        self._port = SwdPort(board)
        self._line = SwdLine(self._port)
        self._driven: int | None = None  # SWDIO as this end drives it
        self._swclk = 0
        self._order = HIGHEST_FIRST
        self._zeros = 0
        self._to_send = 0  # bytes of a bulk transfer that are still to come
        self._mode: Mode = self._terminal

    def receive(self, data: bytes) -> bytes:
        """Take bytes from the serial line; returns what goes back."""
        if not self._board.powered:
            self._line.forget()
        answers = bytearray()
        for byte in data:
            answers += self._mode(byte)
        self._port.settle()
        self._board.spend((len(data) + len(answers)) * BITS_PER_BYTE / BAUD)
        return bytes(answers)

    def unplug(self) -> None:
        """Without its supply it drives nothing."""
        self._reset_pins()
        self._mode = self._terminal

    def _reset_pins(self) -> None:
        self._driven = None
        self._order = HIGHEST_FIRST
        self._board.drive_nrst(low=False)

    def _terminal(self, byte: int) -> bytes:
        """The console for people: twenty zeros in a row end it."""
        self._zeros = self._zeros + 1 if byte == 0 else 0
        if self._zeros < ZEROS_TO_BITBANG:
            return b""
        return self._enter_bitbang()

    def _enter_bitbang(self) -> bytes:
        self._zeros, self._to_send = 0, 0
        self._mode = self._bitbang
        return BITBANG

    def _bitbang(self, byte: int) -> bytes:
        match byte:
            case 0:
                return BITBANG
            case _ if byte == ENTER_RAW_WIRE:
                self._mode = self._raw_wire
                return RAW_WIRE
            case _ if byte == LEAVE:
                self._reset_pins()
                self._mode = self._terminal
                return OK
        return UNKNOWN

    def _raw_wire(self, byte: int) -> bytes:
        if self._to_send:
            self._to_send -= 1
            self._send(byte >> at & 1 for at in self._order)
            return OK
        match byte >> 4, byte & 0xF:
            case 0, low:
                return self._wire_command(low)
            case 1, low:
                self._to_send = low + 1
            case 2, low:
                self._tick(low + 1)
            case 4, low:
                self._board.drive_nrst(low=not low & AUX)
            case 6, low:
                self._port.swclk_hz = SWCLK_HZ[low & 3]
            case ((8 | 9), low):
                self._order = LOWEST_FIRST if low & LSB_FIRST else HIGHEST_FIRST
            case _:
                return UNKNOWN
        return OK

    def _wire_command(self, command: int) -> bytes:
        match command:
            case 0x0:
                return self._enter_bitbang()
            case 0x1:
                return RAW_WIRE
            case 0x6:
                return bytes([sum(self._read_bit() << at for at in self._order)])
            case 0x7:
                return bytes([self._read_bit()])
            case 0x8:
                return bytes([self._line.level])
            case 0x9:
                self._tick(1)
            case 0xA | 0xB:
                if command & 1 and not self._swclk:
                    self._tick(1)
                self._swclk = command & 1
            case 0xC | 0xD:
                self._driven = command & 1
        return OK

    def _send(self, bits: Iterable[int]) -> None:
        clock = self._line.clock
        for bit in bits:
            clock(bit)
            self._driven = bit

    def _read_bit(self) -> int:
        """SWDIO is let go, clocked, and looked at after the edge."""
        self._driven = None
        self._line.clock(None)
        return self._line.level

    def _tick(self, count: int) -> None:
        for _ in range(count):
            self._line.clock(self._driven)
