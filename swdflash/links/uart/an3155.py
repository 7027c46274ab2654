"""The commands of a ROM bootloader (AN3155 §3), each tried once over a byte stream.

Every block is sent by one write, and the ROM's answer to it is waited for before the next, as
AN3155 has it: the receiver holds one byte (USART_DR), and the ROM does not look there while it
sends an answer, erases or programs.

Each answer costs a round trip, though, a millisecond or more by USB. So the three blocks of a Read
or a Write are sent in a row (`hasty`) where that is known to be safe. The ROM takes one byte's time
to send ACK, in which one byte arrives, and is kept; it is back before the next one is through (the
STM32F103's V2.2 waits for TC and looks for RXNE then). Should a ROM be slower than that, a byte is
lost, the block is refused or waited for, and `Session` turns this off. And should the first block
be refused, the rest is taken for commands: so only what has none in it is sent that way, and of a
Write whose data has some, the two blocks before them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from swdflash.links.uart import frames
from swdflash.links.uart.frames import ACK, FRAME_BYTES, LONGEST_FRAME, NACK, Command, Special
from swdflash.links.uart.line import Line, wire_s
from swdflash.links.uart.trouble import Nacked, OutOfStep, Stage

# The ROM answers at once where it has nothing to erase or to program; what takes time is the
# adapter (16 ms until an FTDI chip hands over what it has) and the way to it (rfc2217).
ANSWER_S = 0.5
# Deadlines are the data sheet's maxima, of which the ROM's own steps around them are no part.
SLACK = 1.5

POLYNOMIAL = 0x04C1_1DB7  # of the CRC unit, and what it begins with (RM0008 §4.2, AN3155 §3.13)
INITIAL = 0xFFFF_FFFF


@dataclass(frozen=True)
class CommandSet:
    """The answer to Get: the protocol's version and the commands that there are."""

    version: int
    codes: frozenset[int]

    def __contains__(self, command: Command) -> bool:
        return command in self.codes


class An3155:
    """Each method is one command. Raises `Nacked` and other `OutOfStep`, and the line's errors."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.hasty = False  # the blocks of a Read or a Write in a row, where that is harmless

    def get(self) -> CommandSet:
        """What the ROM can do (§3.1)."""
        self._begin(Command.GET)
        count = self._take(1, Stage.RESULT)[0]
        answer = self._take(count + 2, Stage.RESULT)
        self._require(answer[-1] == ACK, answer)
        return CommandSet(answer[0], frozenset(answer[1:-1]))

    def get_version(self) -> int:
        """The protocol's version: 0x22 is 2.2 (§3.2). Two bytes follow it that mean nothing."""
        self._begin(Command.GET_VERSION)
        answer = self._take(4, Stage.RESULT)
        self._require(answer[-1] == ACK, answer)
        return answer[0]

    def get_id(self) -> int:
        """The product ID, which is DEV_ID (§3.3)."""
        self._begin(Command.GET_ID)
        count = self._take(1, Stage.RESULT)[0] + 1
        answer = self._heard(count + 1)
        if count == 3 and len(answer) == 3:  # announces one byte too many: `Quirk.GET_ID_TWO_BYTES`
            count = 2
        self._require(len(answer) == count + 1 and count >= 2 and answer[-1] == ACK, answer)
        # V2.0 has four bytes: DBGMCU_IDCODE, whose lower 12 bits are DEV_ID (AN3155 table 3).
        return int.from_bytes(answer[:-1], "big") & 0xFFF

    def read(self, address: int, size: int) -> bytes:
        """1 to 256 bytes (§3.4). They are not covered by a checksum."""
        self._in_three(Command.READ, address, frames.size(size), Stage.SIZE)
        return self._take(size, Stage.DATA)

    def go(self, address: int) -> None:
        """Start the program whose vector table is at `address` (§3.5)."""
        self._begin(Command.GO)
        self._send(frames.word(address), Stage.ADDRESS)

    def write(self, address: int, block: bytes, busy_s: float) -> None:
        """Program or store 1 to 256 bytes, which takes up to `busy_s` (§3.6)."""
        self._in_three(Command.WRITE, address, frames.data(block), Stage.DATA, busy_s)

    def erase(self, pages: Sequence[int], busy_s: float) -> None:
        """Erase 1 to 255 pages of numbers below 256 (§3.7)."""
        self._begin(Command.ERASE)
        self._send(frames.pages(pages), Stage.DATA, busy_s)

    def erase_all(self, busy_s: float) -> None:
        """Erase all of flash (§3.7)."""
        self._begin(Command.ERASE)
        self._send(frames.ALL_PAGES, Stage.DATA, busy_s)

    def extended_erase(self, pages: Sequence[int], busy_s: float) -> None:
        """Erase pages, or sectors where the chip has those (§3.8)."""
        self._begin(Command.EXTENDED_ERASE)
        self._send(frames.extended_pages(pages), Stage.DATA, busy_s, LONGEST_FRAME)

    def special_erase(self, code: Special, busy_s: float) -> None:
        """Erase a bank or all of flash (§3.8)."""
        self._begin(Command.EXTENDED_ERASE)
        self._send(frames.special_erase(code), Stage.DATA, busy_s)

    def write_protect(self, sectors: Sequence[int], busy_s: float) -> None:
        """Protect these sectors and no others; the chip resets (§3.9)."""
        self._begin(Command.WRITE_PROTECT)
        self._send(frames.sector_codes(sectors), Stage.DATA, busy_s)

    def write_unprotect(self, busy_s: float) -> None:
        """Protect no sector from writing; the chip resets (§3.10)."""
        self._begin(Command.WRITE_UNPROTECT)
        self._acknowledged(Stage.RESULT, b"", busy_s)

    def readout_protect(self, busy_s: float) -> None:
        """Protect flash from being read; the chip resets (§3.11)."""
        self._begin(Command.READOUT_PROTECT)
        self._acknowledged(Stage.RESULT, b"", busy_s)

    def readout_unprotect(self, busy_s: float) -> None:
        """Erase all of flash, let it be read; the chip resets (§3.12).

        Some acknowledge before they erase, since RAM is erased with flash.
        """
        self._begin(Command.READOUT_UNPROTECT)
        self._acknowledged(Stage.RESULT, b"", busy_s)

    def get_checksum(self, address: int, size: int, busy_s: float) -> int:
        """The CRC unit's digest of a number of whole words (§3.13)."""
        self._begin(Command.GET_CHECKSUM)
        self._send(frames.word(address), Stage.ADDRESS)
        self._send(frames.word(size // 4), Stage.SIZE)
        self._send(frames.word(POLYNOMIAL), Stage.PARAMETER)
        self._send(frames.word(INITIAL), Stage.PARAMETER)
        self._acknowledged(Stage.RESULT, b"", busy_s)
        answer = self._take(5, Stage.RESULT)
        value = frames.checked_word(answer)
        if value is None:
            raise OutOfStep(Stage.RESULT, answer)
        return value

    def _in_three(
        self, command: Command, address: int, frame: bytes, stage: Stage, busy_s: float = 0.0
    ) -> None:
        blocks = [frames.command(command), frames.word(address), frame]
        stages = [Stage.COMMAND, Stage.ADDRESS, stage]
        first = self._together(blocks)
        self._send_in_a_row(blocks[:first], stages[:first], busy_s)
        for block, its_stage in zip(blocks[first:], stages[first:], strict=True):
            self._send(block, its_stage, busy_s)

    def _together(self, blocks: Sequence[bytes]) -> int:
        """How many of these, from the first, may be sent without waiting in between."""
        if not self.hasty:
            return 1
        counts = range(len(blocks), 1, -1)
        return next((n for n in counts if frames.harmless(b"".join(blocks[1:n]))), 1)

    def _send_in_a_row(
        self, blocks: Sequence[bytes], stages: Sequence[Stage], busy_s: float
    ) -> None:
        stream = b"".join(blocks)
        self._line.write(stream)
        patience = wire_s(self._line, len(stream) + len(blocks)) + busy_s * SLACK + ANSWER_S
        answers = self._line.read(len(blocks), patience)
        for at, stage in enumerate(stages):
            _require_ack(answers[at : at + 1], stage, blocks[-1])

    def _begin(self, command: Command) -> None:
        self._send(frames.command(command), Stage.COMMAND)

    def _send(
        self, frame: bytes, stage: Stage, busy_s: float = 0.0, most: int = FRAME_BYTES
    ) -> None:
        self._line.write(frame)
        self._acknowledged(stage, frame, busy_s, most)

    def _acknowledged(
        self, stage: Stage, frame: bytes, busy_s: float = 0.0, most: int = FRAME_BYTES
    ) -> None:
        patience = wire_s(self._line, len(frame) + 1) + busy_s * SLACK + ANSWER_S
        answer = self._line.read(1, patience)
        _require_ack(answer, stage, frame, most)

    def _heard(self, size: int) -> bytes:
        return self._line.read(size, wire_s(self._line, size) + ANSWER_S)

    def _take(self, size: int, stage: Stage) -> bytes:
        answer = self._heard(size)
        if len(answer) < size:
            raise OutOfStep(stage, answer)
        return answer

    def _require(self, holds: bool, answer: bytes) -> None:
        if not holds:
            raise OutOfStep(Stage.RESULT, answer)


def _require_ack(answer: bytes, stage: Stage, frame: bytes, most: int = FRAME_BYTES) -> None:
    if answer == bytes([NACK]):
        raise Nacked(stage, answer, frame, most)
    if answer != bytes([ACK]):
        raise OutOfStep(stage, answer, frame, most)
