"""Intel HEX, read by intelhex; errors say in which line and of what kind."""

from __future__ import annotations

from io import StringIO

from intelhex import (
    AddressOverlapError,
    DuplicateStartAddressRecordError,
    EOFRecordError,
    ExtendedAddressRecordError,
    HexReaderError,
    HexRecordError,
    IntelHex,
    RecordChecksumError,
    RecordLengthError,
    RecordTypeError,
    StartAddressRecordError,
)

from swdflash.images.contents import Contents, Format, assemble
from swdflash.images.errors import (
    BadRecord,
    ImageEmpty,
    ImageError,
    RecordChecksum,
    RecordsOverlap,
    RecordsTruncated,
)
from swdflash.images.image import Segment

# most special first: they inherit from one another
_DETAILS: tuple[tuple[type[HexReaderError], str], ...] = (
    (RecordLengthError, "the record is shorter or longer than its length field says"),
    (RecordTypeError, "the record type is none of 00 to 05"),
    (EOFRecordError, "the end-of-file record holds data"),
    (ExtendedAddressRecordError, "an extended address record needs 2 bytes and the address 0000"),
    (DuplicateStartAddressRecordError, "the start address is given a second time"),
    (StartAddressRecordError, "a start address record needs 4 bytes and the address 0000"),
    (HexRecordError, "a record is a colon and at least 10 hexadecimal digits"),
)


def read_hex(name: str, data: bytes) -> Contents:
    """Read all records up to the end-of-file record.

    Raises RecordChecksum, BadRecord, RecordsOverlap, RecordsTruncated, ImageEmpty.
    """
    lines = [line.strip() for line in data.decode("latin-1").strip("\0\x1a \t\r\n").split("\n")]
    reader = IntelHex()
    try:
        reader.loadhex(StringIO("\n".join(lines)))
    except HexReaderError as error:
        raise _translated(name, error, lines) from None
    _check_end(name, lines)
    segments = [Segment(start, reader.tobinstr(start, end - 1)) for start, end in reader.segments()]
    if not segments:
        raise ImageEmpty(name, Format.HEX)
    return Contents(Format.HEX, assemble(name, segments, _entry(reader)))


def _entry(reader: IntelHex) -> int | None:
    """The linear start address (record 05); a CS:IP pair (03) is an 8086's, not ours."""
    start = reader.start_addr
    return start["EIP"] if start and "EIP" in start else None


def _check_end(name: str, lines: list[str]) -> None:
    """The last line must be the end-of-file record: what follows one would be ignored."""
    ends = [number for number, line in enumerate(lines, 1) if line[7:9] == "01"]
    if not ends:
        detail = "the end-of-file record `:00000001FF` is missing"
        raise RecordsTruncated(name, Format.HEX, len(lines), detail)
    if any(lines[ends[0] :]):
        raise BadRecord(name, Format.HEX, ends[0] + 1, "it follows the end-of-file record")


def _translated(name: str, error: HexReaderError, lines: list[str]) -> ImageError:
    line: int = error.line
    if isinstance(error, AddressOverlapError):
        return RecordsOverlap(name, Format.HEX, line, error.address)
    if isinstance(error, RecordChecksumError):
        *record, found = bytes.fromhex(lines[line - 1][1:])
        return RecordChecksum(name, Format.HEX, line, found, -sum(record) & 0xFF)
    if line == len(lines) and isinstance(error, HexRecordError) and _cut(lines[line - 1]):
        detail = "its last record is incomplete"
        return RecordsTruncated(name, Format.HEX, line, detail)
    detail = next(words for kind, words in _DETAILS if isinstance(error, kind))
    return BadRecord(name, Format.HEX, line, detail)


def _cut(line: str) -> bool:
    """Whether the line is the beginning of a record that would have been longer."""
    if not line.startswith(":") or any(c not in "0123456789abcdefABCDEF" for c in line[1:]):
        return False
    return len(line) < 3 or len(line) < 11 + 2 * int(line[1:3], 16)
