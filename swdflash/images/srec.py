"""Motorola S-records: S0 title, S1..S3 data, S5/S6 count, S7..S9 entry."""

from __future__ import annotations

from dataclasses import dataclass, field
from string import hexdigits

from swdflash.images.contents import Contents, Format
from swdflash.images.errors import (
    BadRecord,
    ImageEmpty,
    ImageError,
    RecordChecksum,
    RecordsOverlap,
    RecordsTruncated,
)
from swdflash.images.image import Image, Segment

_ADDRESS_BYTES = {"0": 2, "1": 2, "2": 3, "3": 4, "5": 2, "6": 3, "7": 4, "8": 3, "9": 2}


@dataclass(frozen=True, slots=True)
class _Record:
    line: int
    kind: str  # "0".."9"
    address: int
    data: bytes


@dataclass
class _Reader:
    name: str
    title: str | None = None
    entry: int | None = None
    ended: bool = False
    data: list[_Record] = field(default_factory=list)

    def take(self, record: _Record) -> None:
        if self.ended:
            raise self.bad(record.line, "it follows the record that ends the file")
        match record.kind:
            case "0":
                self.title = record.data.rstrip(b"\0").decode("latin-1") or None
            case "1" | "2" | "3":
                self.data.append(record)
            case "5" | "6":
                self.check_count(record)
            case _:
                self.ended = True
                self.entry = record.address or None  # 0 is how writers say "none"

    def check_count(self, record: _Record) -> None:
        if record.address != len(self.data):
            detail = f"it counts {record.address} data records, {len(self.data)} came"
            raise RecordsTruncated(self.name, Format.SREC, record.line, detail)

    def image(self) -> Image:
        end = -1
        inputs = sorted(self.data, key=lambda r: r.address)
        for record in inputs:
            if record.data and record.address < end:
                raise self.overlap()
            end = max(end, record.address + len(record.data))
        return Image.from_segments((Segment(r.address, r.data) for r in inputs), entry=self.entry)

    def overlap(self) -> ImageError:
        """Which record, in the order of the file, first gives a byte a second time."""
        seen: set[int] = set()
        for record in self.data:
            addresses = range(record.address, record.address + len(record.data))
            for address in addresses:
                if address in seen:
                    return RecordsOverlap(self.name, Format.SREC, record.line, address)
            seen.update(addresses)
        raise AssertionError("called without an overlap")

    def bad(self, line: int, detail: str) -> BadRecord:
        return BadRecord(self.name, Format.SREC, line, detail)


def read_srec(name: str, data: bytes) -> Contents:
    """Read all records.

    Raises RecordChecksum, BadRecord, RecordsOverlap, RecordsTruncated, ImageEmpty.
    """
    reader = _Reader(name)
    lines = [line.strip() for line in data.decode("latin-1").strip("\0\x1a \t\r\n").split("\n")]
    for number, line in enumerate(lines, 1):
        if line:
            reader.take(_decode(name, number, line, last=number == len(lines)))
    if not reader.ended:
        detail = "the record that ends the file (S7, S8 or S9) is missing"
        raise RecordsTruncated(name, Format.SREC, len(lines), detail)
    image = reader.image()
    if not image.segments:
        raise ImageEmpty(name, Format.SREC)
    return Contents(Format.SREC, image, title=reader.title)


def _decode(name: str, number: int, line: str, *, last: bool) -> _Record:
    """One line: `S`, type, length, address, data, checksum."""

    def bad(detail: str) -> BadRecord:
        return BadRecord(name, Format.SREC, number, detail)

    kind = line[1:2]
    if line[0] != "S" or kind not in "0123456789" or not (kind or last):
        raise bad("a record begins with `S` and a digit")
    if not set(line[2:]) <= set(hexdigits):
        raise bad("what follows the type must be pairs of hexadecimal digits")
    body = bytes.fromhex(line[2 : len(line) & ~1])
    if not body or len(line) % 2 or len(body) - 1 != body[0]:
        if last and (not body or len(body) - 1 < body[0]):
            raise RecordsTruncated(name, Format.SREC, number, "its last record is incomplete")
        raise bad("the record is shorter or longer than its length field says")
    if kind not in _ADDRESS_BYTES:
        raise bad("the type S4 is reserved")
    width = _ADDRESS_BYTES[kind]
    if body[0] < width + 1:
        raise bad(f"an S{kind} record has an address of {width} bytes and a checksum")
    expected = ~sum(body[:-1]) & 0xFF
    if body[-1] != expected:
        raise RecordChecksum(name, Format.SREC, number, body[-1], expected)
    return _Record(number, kind, int.from_bytes(body[1 : 1 + width], "big"), body[1 + width : -1])
