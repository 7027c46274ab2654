"""A ROM bootloader on a serial line in a few lines of Python, with faults (AN3155 Rev 20).

It is a `Line`: what is written to it is heard by the ROM, what the ROM says can be read. Like the
ROM of an STM32F103 it looks neither at parity nor at whether programming came off, and it waits for
ever for the rest of a frame. Time is its own.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from functools import reduce
from operator import xor

from swdflash.chips.chip import Chip
from swdflash.chips.data import chip_named
from swdflash.links.digest import digest
from swdflash.links.pace import Pace
from swdflash.links.uart.line import ModemLine
from swdflash.links.uart.lines import Lines

ACK, NACK = 0x79, 0x1F
CODES = bytes([0x00, 0x01, 0x02, 0x11, 0x21, 0x31, 0x43, 0x63, 0x73, 0x82, 0x92])
VOLTAGE_AT = 0xFFFF_0000
OPEN = (0x00, 0x01, 0x02, 0x92)  # under read protection

Fault = Callable[[int, int], Sequence[int]]  # which byte it is, and its value: what arrives
Talk = Generator[None, int, None]  # sent a byte, says some


def no_fault(_index: int, byte: int) -> Sequence[int]:
    return (byte,)


class FakeRom:
    """An STM32F103C8 in its ROM, unless its BOOT0 is low."""

    def __init__(self, chip: Chip | None = None, codes: bytes = CODES, version: int = 0x22) -> None:
        self.chip = chip or chip_named("STM32F103C8")
        self.codes, self.version = codes, version
        self.flash = bytearray(b"\xff" * self.chip.flash.span.size)
        self.system = bytes(range(256)) * 8
        self.protected = False
        self.write_protected: set[int] = set()  # pages
        self.wired = Lines()  # how its pins really are
        self.boot0 = True  # the jumper, where no line leads to it
        self.highest = 1_000_000  # baud that it can measure
        self.to_chip: Fault = no_fault
        self.to_host: Fault = no_fault
        self.app: Callable[[int], bytes] = lambda _byte: b""  # what a program answers to a byte
        self.banner = b""  # what it says when it starts
        self.alive = True
        self.heard = bytearray()  # all that was sent to it, faults or not
        self.resets = 0
        self.started_at: int | None = None  # what Go was given
        self.takes_voltage = True
        self.voltages: list[bytes] = []  # that it was given
        self._clock = 0.0
        self._baud = 115200
        self._asserted: frozenset[ModemLine] = frozenset()
        self._out: deque[int] = deque()
        self._counts = [0, 0]
        self.power_on()

    @property
    def pace(self) -> Pace:
        return Pace(lambda: self._clock, self._spend, simulated=True)

    def _spend(self, seconds: float) -> None:
        self._clock += seconds

    # --- the line ---

    @property
    def name(self) -> str:
        return "/dev/ttyFAKE"

    @property
    def baud(self) -> int:
        return self._baud

    def write(self, data: bytes) -> None:
        for byte in data:
            self.heard.append(byte)
            self._clock += 11 / self._baud
            self._counts[0] += 1
            for arrived in self.to_chip(self._counts[0], byte):
                self._hear(arrived)

    def read(self, size: int, timeout_s: float) -> bytes:
        if len(self._out) < size:
            self._clock += timeout_s
        got = bytes(self._out.popleft() for _ in range(min(size, len(self._out))))
        self._clock += len(got) * 11 / self._baud
        return got

    def drain(self) -> None:
        pass

    def set_baud(self, baud: int, *, parity: bool = True) -> bool:
        if baud != self._baud:
            self._out.clear()
        self._baud = baud
        return True

    def close(self) -> None:
        pass

    def assert_lines(self, asserted: Iterable[ModemLine]) -> None:
        before = self._held()
        self._asserted = frozenset(asserted)
        if before and not self._held():
            self.power_on()

    def _held(self) -> bool:
        """NRST is low."""
        nrst = self.wired.nrst
        return nrst is not None and (nrst.line in self._asserted) != nrst.inverted

    def _boot0(self) -> bool:
        wire = self.wired.boot0
        return self.boot0 if wire is None else (wire.line in self._asserted) != wire.inverted

    # --- the chip ---

    def power_on(self) -> None:
        self.resets += 1
        self._measured = 0  # the rate at which it listens and speaks
        self._talk: Talk | None = None
        self.in_rom = self._boot0()
        if not self.in_rom:
            self._out.extend(self.banner)

    def _hear(self, byte: int) -> None:
        if not self.alive or self._held():
            return
        if self.started_at is not None or not self.in_rom:
            self._say(*self.app(byte))
        elif not self._measured:
            self._measure(byte)
        elif self._measured == self._baud:
            assert self._talk is not None
            self._talk.send(byte)
        else:  # at another rate a byte is another
            assert self._talk is not None
            self._talk.send(byte ^ 0xA5)

    def _measure(self, byte: int) -> None:
        good = byte == 0x7F and self._baud <= self.highest
        self._measured = self._baud if good else -1
        self._talk = self._commands()
        next(self._talk)
        if good:
            self._say(ACK)

    def _say(self, *values: int) -> None:
        for value in values:
            self._counts[1] += 1
            arrived = self.to_host(self._counts[1], value)
            right = self._measured in (0, self._baud)
            self._out.extend(arrived if right else [byte ^ 0x5A for byte in arrived])

    def _commands(self) -> Talk:
        while True:
            first = yield
            second = yield
            known = first ^ second == 0xFF and first in self.codes
            if not known or (self.protected and first not in OPEN):
                self._say(NACK)
                continue
            self._say(ACK)
            if first in (0x00, 0x01, 0x02):
                self._tell(first)
            elif first in (0x63, 0x73, 0x82, 0x92):
                yield from self._change_option_bytes(first)
            elif first == 0x43:
                yield from self._erase()
            elif first == 0x44:
                yield from self._extended_erase()
            elif first == 0xA1:
                yield from self._get_checksum()
            else:
                yield from self._at_address(first)

    def _tell(self, code: int) -> None:
        dev_id = self.chip.dev_id
        answers = {
            0x00: (len(self.codes), self.version, *self.codes),
            0x01: (self.version, 0, 0),
            0x02: (1, dev_id >> 8, dev_id & 0xFF),
        }
        self._say(*answers[code], ACK)

    def _change_option_bytes(self, code: int) -> Talk:
        if code == 0x63:
            count = (yield) + 1
            sectors = yield from self._block(count, count - 1)
            if sectors is None:
                return
            self.write_protected = {4 * each + page for each in sectors for page in range(4)}
        elif code == 0x73:
            self.write_protected = set()
        elif code == 0x82:
            self.protected = True
        elif self.protected:
            self.flash[:] = b"\xff" * len(self.flash)
            self.protected = False
        self._restart()

    def _restart(self) -> None:
        """ACK, then a system reset."""
        self._say(ACK)
        out = list(self._out)
        self.power_on()
        self._out = deque(out)
        self._clock += 0.05

    def _at_address(self, code: int) -> Generator[None, int, None]:
        words = yield from self._block(4, 0)
        if words is None:
            return
        address = int.from_bytes(words, "big")
        self._say(ACK)
        if code == 0x31 and address == VOLTAGE_AT:
            yield from self._take_voltage()
        elif code == 0x21:
            self.started_at = address
        elif code == 0x31:
            yield from self._write(address)
        else:
            count = yield
            check = yield
            if count ^ check != 0xFF or not self._memory(address, count + 1):
                self._say(NACK)
            else:
                self._say(ACK, *self._memory(address, count + 1))

    def _block(self, count: int, checksum: int) -> Generator[None, int, bytes | None]:
        """So many bytes and their XOR; says NACK where that is wrong."""
        data = bytearray()
        for _ in range(count):
            byte = yield
            checksum ^= byte
            data.append(byte)
        if (yield) != checksum:
            self._say(NACK)
            return None
        return bytes(data)

    def _memory(self, address: int, size: int) -> bytes:
        flash, system = self.chip.flash.span, self.chip.system_memory
        if address in flash:
            return bytes(self.flash[address - flash.start :][:size])
        return self.system[address - system.start :][:size] if address in system else b""

    def _write(self, address: int) -> Generator[None, int, None]:
        count = (yield) + 1
        data = yield from self._block(count, count - 1)
        if data is None:
            return
        flash = self.chip.flash
        for at in range(0, len(data), 2):
            place = address - flash.start + at
            inside = 0 <= place < len(self.flash)
            if inside and self._page(address + at) not in self.write_protected:
                cells = self.flash[place : place + 2]
                if cells == b"\xff\xff":  # else PGERR, which it does not look at
                    self.flash[place : place + 2] = data[at : at + 2]
        self._clock += len(data) / 2 * flash.program.typ
        self._say(ACK)

    def _page(self, address: int) -> int:
        sectors = self.chip.flash.sectors
        return bisect_right(sectors, address, key=lambda sector: sector.start) - 1

    def _erase(self) -> Generator[None, int, None]:
        first = yield
        if first == 0xFF:
            if (yield) == 0:
                self._erase_pages(range(len(self.chip.flash.sectors)))
            self._say(ACK)
            return
        pages = yield from self._block(first + 1, first)
        if pages is not None:
            self._erase_pages(pages)
            self._say(ACK)
        else:
            self._say(NACK)  # and once more: it returns by the way of refusals

    def _extended_erase(self) -> Generator[None, int, None]:
        high, low = (yield), (yield)
        if high == 0xFF and low >= 0xF0:
            if (yield) == high ^ low and low >= 0xFD:
                self._erase_pages(range(len(self.chip.flash.sectors)))
                self._say(ACK)
            else:
                self._say(NACK)
            return
        count = (high << 8 | low) + 1
        numbers = yield from self._block(2 * count, high ^ low)
        if numbers is not None:
            self._erase_pages(
                int.from_bytes(numbers[at : at + 2], "big") for at in range(0, 2 * count, 2)
            )
            self._say(ACK)

    def _erase_pages(self, pages: Iterable[int]) -> None:
        flash = self.chip.flash
        for page in pages:
            if page >= len(flash.sectors) or page in self.write_protected:
                continue
            sector = flash.sectors[page]
            self._clock += flash.erase_time(sector).typ
            at = sector.start - flash.start
            self.flash[at : at + sector.size] = b"\xff" * sector.size

    def _take_voltage(self) -> Generator[None, int, None]:
        count = (yield) + 1
        data = yield from self._block(count, count - 1)
        if data is not None:
            self.voltages.append(data)
            self._say(ACK if self.takes_voltage else NACK)

    def _get_checksum(self) -> Generator[None, int, None]:
        words = []
        for _ in range(4):  # address, size, polynomial, initial value
            frame = yield from self._block(4, 0)
            if frame is None:
                return
            words.append(int.from_bytes(frame, "big"))
            self._say(ACK)
        value = digest(self._memory(words[0], 4 * words[1])).to_bytes(4, "big")
        self._say(ACK, *value, reduce(xor, value))
