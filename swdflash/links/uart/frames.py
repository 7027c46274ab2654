"""What is sent to a ROM bootloader, byte by byte, and how its answers are checked (AN3155 Rev 20).

Every block that is sent ends in the XOR of what is in it; a single byte is followed by its
complement. Nothing here sends anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from functools import reduce
from itertools import pairwise
from operator import xor

ACK = 0x79
NACK = 0x1F
SYNC = 0x7F  # what the ROM measures the rate from; no command begins with it
MOST_BYTES = 256  # of one Read or Write (§3.4, §3.6)
MOST_PAGES = 255  # of one Erase: N = 255 means all of flash (§3.7)
FRAME_BYTES = MOST_BYTES + 2  # of a Write; nothing longer is sent, or waited for by the ROM, but
LONGEST_FRAME = 2 * 0x1_0000 + 3  # an Extended Erase, should its number of pages be changed
ALL_PAGES = b"\xff\x00"  # Erase, global


class Command(IntEnum):
    """AN3155 table 2."""

    GET = 0x00
    GET_VERSION = 0x01
    GET_ID = 0x02
    READ = 0x11
    GO = 0x21
    WRITE = 0x31
    ERASE = 0x43
    EXTENDED_ERASE = 0x44
    WRITE_PROTECT = 0x63
    WRITE_UNPROTECT = 0x73
    READOUT_PROTECT = 0x82
    READOUT_UNPROTECT = 0x92
    GET_CHECKSUM = 0xA1


COMMANDS = frozenset(Command)
CHANGING = COMMANDS - {Command.GET, Command.GET_VERSION, Command.GET_ID, Command.READ}


class Special(IntEnum):
    """In place of a number of pages in Extended Erase (§3.8)."""

    ALL = 0xFFFF
    BANK_1 = 0xFFFE
    BANK_2 = 0xFFFD


def checksum(data: bytes) -> int:
    """The XOR of all bytes."""
    return reduce(xor, data, 0)


def with_checksum(data: bytes) -> bytes:
    """The bytes and their XOR."""
    return data + bytes([checksum(data)])


def command(code: int) -> bytes:
    """A command and its complement."""
    return bytes([code, code ^ 0xFF])


def word(value: int) -> bytes:
    """An address or another 32-bit value, most significant byte first, and the XOR."""
    return with_checksum(value.to_bytes(4, "big"))


def size(count: int) -> bytes:
    """How many bytes to read, 1 to 256: one less, and its complement."""
    if not 1 <= count <= MOST_BYTES:
        raise ValueError(f"{count} bytes are not what one Read can give")
    return command(count - 1)


def data(block: bytes) -> bytes:
    """1 to 256 bytes to write: one less than their number, the bytes, the XOR of it all."""
    return _counted(block, MOST_BYTES)


def sector_codes(sectors: Sequence[int]) -> bytes:
    """Sectors to protect, of one byte each (§3.9)."""
    return _counted(bytes(sectors), MOST_BYTES)


def pages(numbers: Sequence[int]) -> bytes:
    """Pages to erase by Erase, of one byte each (§3.7)."""
    return _counted(bytes(numbers), MOST_PAGES)


def _counted(block: bytes, most: int) -> bytes:
    if not 1 <= len(block) <= most:
        raise ValueError(f"{len(block)} are not what one command can hold")
    return with_checksum(bytes([len(block) - 1]) + block)


def extended_pages(numbers: Sequence[int]) -> bytes:
    """Pages to erase by Extended Erase: one less than their number, each of two bytes (§3.8)."""
    if not 1 <= len(numbers) <= 0xFFF0:
        raise ValueError(f"{len(numbers)} pages are not what one command can hold")
    values = (len(numbers) - 1, *numbers)
    return with_checksum(b"".join(value.to_bytes(2, "big") for value in values))


def special_erase(code: Special) -> bytes:
    """All of flash, or a bank, by Extended Erase."""
    return with_checksum(code.to_bytes(2, "big"))


def filler_for(frame: bytes) -> int:
    """A byte to fill up what is left of `frame` where some of it was lost, so that it is refused.

    With one byte lost, all that is left XORs to that byte: any filler that is not in the frame
    makes the checksum wrong. 0xFF is taken where it can be: it names no page of most chips, turns
    "erase all" into nothing (§3.7, note), and as data it programs no cell.
    """
    return next((value for value in range(0xFF, -1, -1) if value not in frame[:-1]), 0xFF)


def harmless(stream: bytes) -> bool:
    """Whether a ROM finds no command in these bytes, wherever it begins to look for one.

    It takes what follows a refused frame for commands. Two bytes in a row could be one; or two with
    another between them that was lost, which matters where a command changes something.
    """
    pairs = pairwise(stream)
    torn = zip(stream, stream[2:], strict=False)
    return not (
        any(first ^ second == 0xFF and first in COMMANDS for first, second in pairs)
        or any(first ^ second == 0xFF and first in CHANGING for first, second in torn)
    )


def checked_word(answer: bytes) -> int | None:
    """The value of four bytes and their XOR; None where that is wrong."""
    if len(answer) != 5 or checksum(answer):
        return None
    return int.from_bytes(answer[:4], "big")


def version_text(version: int) -> str:
    """0x22 is "2.2"."""
    return f"{version >> 4}.{version & 0xF}"
