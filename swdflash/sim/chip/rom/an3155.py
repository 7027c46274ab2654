"""AN3155: the commands of the bootloader over USART, as a program that receives and sends.

It knows no line and no time: it yields what it wants of them. The first protocol (below V3.0, Erase
0x43) is followed as the ROM V2.2 of the STM32F103 follows it, where that differs from the note
(trebisky/stm32f103, serial_boot/boot.txt); what links must know of it are `Quirk`s.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import reduce
from operator import xor

from swdflash.chips.chip import Chip
from swdflash.chips.rom import Quirk
from swdflash.memory import Span
from swdflash.sim.chip.rom.machine import RomStopped
from swdflash.sim.chip.rom.memory import NotAllowed, RomMemory

ACK, NACK = b"\x79", b"\x1f"
GET, GET_VERSION, GET_ID, READ, GO, WRITE = 0x00, 0x01, 0x02, 0x11, 0x21, 0x31
ERASE, EXTENDED_ERASE = 0x43, 0x44
WRITE_PROTECT, WRITE_UNPROTECT = 0x63, 0x73
READOUT_PROTECT, READOUT_UNPROTECT = 0x82, 0x92
MASS, BANK_1, BANK_2 = 0xFFFF, 0xFFFE, 0xFFFD  # special codes of Extended Erase (AN3155 §3.8)
FIRST_SPECIAL = 0xFFF0


@dataclass(frozen=True)
class Receive:
    """Wait for this many characters; the answer is `Received`."""

    count: int


@dataclass(frozen=True)
class Received:
    """Characters; `sound` if parity and stop bits of all were right, or nobody looks at them."""

    data: bytes
    sound: bool


@dataclass(frozen=True)
class Send:
    """Send, and wait until all is out."""

    data: bytes


Talk = Generator[Receive | Send, Received, None]
Answer = Generator[Receive | Send, Received, bytes | None]


class An3155:
    """One ROM's side of the protocol, once the rate is known.

    `last_word(data)` sends something at the end of a command that resets the chip.
    """

    def __init__(
        self, chip: Chip, memory: RomMemory, last_word: Callable[[bytes | None], None]
    ) -> None:
        self._chip = chip
        self._rom = chip.rom
        self._memory = memory
        self._last_word = last_word
        self._commands: dict[int, Callable[[], Talk]] = {
            GET: self._get,
            GET_VERSION: self._get_version,
            GET_ID: self._get_id,
            READ: self._read,
            GO: self._go,
            WRITE: self._write,
            WRITE_PROTECT: self._write_protect,
            WRITE_UNPROTECT: lambda: self._change_options(memory.write_unprotect),
            READOUT_PROTECT: lambda: self._change_options(memory.readout_protect),
            READOUT_UNPROTECT: self._readout_unprotect,
        }
        if self._rom.extended_erase:
            self._commands[EXTENDED_ERASE] = self._extended_erase
        else:
            self._commands[ERASE] = self._erase

    def run(self) -> Talk:
        """Acknowledge the rate, then obey commands for ever (AN3155 §2)."""
        yield Send(ACK)
        while True:
            pair = yield Receive(2)
            code, complement = pair.data
            command = self._commands.get(code) if code ^ complement == 0xFF else None
            if command is None or not pair.sound:
                yield Send(NACK)
            else:
                yield from command()

    # What needs no permission

    def _get(self) -> Talk:
        codes = bytes(sorted(self._commands))
        yield Send(ACK + bytes([len(codes), self._rom.uart_version]) + codes + ACK)

    def _get_version(self) -> Talk:
        yield Send(ACK + bytes([self._rom.uart_version, 0, 0]) + ACK)

    def _get_id(self) -> Talk:
        yield Send(ACK + b"\x01" + self._chip.dev_id.to_bytes(2, "big") + ACK)

    def _readout_unprotect(self) -> Talk:
        yield Send(ACK)
        yield from self._carry_out(self._memory.readout_unprotect, last_word=ACK)

    # Memory

    def _read(self) -> Talk:
        address = yield from self._address(READ)
        if address is None:
            return
        length = yield Receive(2)
        count, complement = length.data
        if count ^ complement != 0xFF or not length.sound:
            yield Send(NACK)
            return
        yield Send(ACK)
        yield Send(self._memory.read(int.from_bytes(address, "big"), count + 1))

    def _write(self) -> Talk:
        address = yield from self._address(WRITE)
        if address is None:
            return
        first = yield Receive(1)
        rest = yield Receive(first.data[0] + 2)
        if reduce(xor, first.data + rest.data) or not (first.sound and rest.sound):
            yield Send(NACK)
            return
        at, data = int.from_bytes(address, "big"), rest.data[:-1]
        resets = at in self._chip.option_bytes
        done = yield from self._carry_out(
            lambda: self._memory.write(at, data), last_word=ACK if resets else None
        )
        if done:
            yield Send(ACK)

    def _go(self) -> Talk:
        address = yield from self._address(GO)
        if address is not None:
            yield from self._carry_out(lambda: self._memory.jump(int.from_bytes(address, "big")))

    def _address(self, command: int) -> Answer:
        """The first half of Read, Write and Go: the address that is to be used, or None."""
        if self._memory.protected:
            twice = Quirk.TWO_NACKS in self._rom.quirks and command != GO
            yield Send(NACK * (2 if twice or self._first_go(command) else 1))
            return None
        yield Send(ACK)
        frame = yield Receive(5)
        if reduce(xor, frame.data) or not frame.sound:
            yield Send(NACK * (2 if self._first_go(command) else 1))
            return None
        address = int.from_bytes(frame.data[:4], "big")
        if self._allows(command, address):
            yield Send(ACK)
            return frame.data[:4]
        if Quirk.NO_NACK_FOR_BAD_ADDRESS in self._rom.quirks:
            yield Send(ACK + (NACK if command == GO else b""))
        else:
            yield Send(NACK)
        return None

    def _first_go(self, command: int) -> bool:
        """Go of the first protocol refuses once for its frame, and again for want of an address."""
        return command == GO and not self._rom.extended_erase

    def _allows(self, command: int, address: int) -> bool:
        byte = Span(address, 1)
        if command == GO:
            return self._memory.runnable(address)
        return (self._memory.readable if command == READ else self._memory.writable)(byte)

    # Erase

    def _erase(self) -> Talk:
        """Pages by one byte each; 0xFF for all (AN3155 §3.7)."""
        if not (yield from self._may_start()):
            return
        first = yield Receive(1)
        count = first.data[0]
        if count == 0xFF:
            check = yield Receive(1)
            if check.data == b"\x00":
                yield from self._carry_out(self._memory.mass_erase)
            yield Send(ACK)  # also where the check is wrong, and nothing was erased
            return
        rest = yield Receive(count + 2)
        if reduce(xor, first.data + rest.data) or not (first.sound and rest.sound):
            yield Send(NACK + NACK)  # for the frame, and for the command
            return
        yield from self._erase_sectors(list(rest.data[:-1]))

    def _extended_erase(self) -> Talk:
        """Sectors by two bytes each; special codes for all, or a bank (AN3155 §3.8)."""
        if not (yield from self._may_start()):
            return
        head = yield Receive(2)
        code = int.from_bytes(head.data, "big")
        size = 1 if code >= FIRST_SPECIAL else 2 * (code + 1) + 1
        rest = yield Receive(size)
        if reduce(xor, head.data + rest.data) or not (head.sound and rest.sound):
            yield Send(NACK)
        elif code >= FIRST_SPECIAL:
            yield from self._erase_special(code)
        else:
            numbers = rest.data[:-1]
            pairs = zip(numbers[::2], numbers[1::2], strict=True)
            yield from self._erase_sectors([high << 8 | low for high, low in pairs])

    def _erase_special(self, code: int) -> Talk:
        bank = {MASS: None, BANK_1: 0, BANK_2: 1}
        banks = len(self._chip.flash.banks)
        known = code in bank and (code == MASS or banks > 1)
        if not known or Quirk.NO_MASS_ERASE in self._rom.quirks:
            yield Send(NACK)
            return
        if (yield from self._carry_out(lambda: self._memory.mass_erase(bank[code]))):
            yield Send(ACK)

    def _erase_sectors(self, sectors: list[int]) -> Talk:
        most = self._rom.pages_per_erase
        if most and len(sectors) > most:
            yield Send(NACK)
            return
        if Quirk.ONE_SECTOR_AN_ERASE in self._rom.quirks:
            sectors = sectors[:1]
        if (yield from self._carry_out(lambda: self._memory.erase(sectors))):
            yield Send(ACK)

    # Option bytes

    def _write_protect(self) -> Talk:
        if not (yield from self._may_start()):
            return
        first = yield Receive(1)
        rest = yield Receive(first.data[0] + 2)
        if reduce(xor, first.data + rest.data) or not (first.sound and rest.sound):
            yield Send(NACK)
            return
        sectors = list(rest.data[:-1])
        yield from self._carry_out(lambda: self._memory.write_protect(sectors), last_word=ACK)

    def _change_options(self, verb: Callable[[], None]) -> Talk:
        if (yield from self._may_start()):
            yield from self._carry_out(verb, last_word=ACK)

    def _may_start(self) -> Generator[Receive | Send, Received, bool]:
        refused = self._memory.protected
        yield Send(NACK if refused else ACK)
        return not refused

    def _carry_out(
        self,
        verb: Callable[[], None],
        *,
        last_word: bytes | None = None,
    ) -> Generator[Receive | Send, Received, bool]:
        """Do it, in the chip's time. True if it was done; a NACK has been sent if it was not."""
        self._last_word(last_word)
        try:
            verb()
        except RomStopped:
            raise
        except NotAllowed:
            yield Send(NACK)
            return False
        finally:
            self._last_word(None)
        return True
