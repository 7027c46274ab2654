"""S-records: what others write is read, and every fault names its line."""

from __future__ import annotations

import pytest

from swdflash.images.errors import (
    BadRecord,
    ImageEmpty,
    ImageError,
    RecordChecksum,
    RecordsOverlap,
    RecordsTruncated,
)
from swdflash.images.image import Segment
from swdflash.images.load import LoadedImage
from tests.images.craft import load_one, s_record

TITLE = s_record(0, 0, b"blinky")
DATA = s_record(3, 0x0800_0000, b"\1\2\3\4")
END = s_record(7, 0x0800_0101)


def read(*lines: str, newline: str = "\n") -> LoadedImage:
    return load_one((newline.join(lines) + newline).encode("latin-1"), "a.s19")


def refuse(*lines: str) -> ImageError:
    with pytest.raises(ImageError) as caught:
        read(*lines)
    assert "a.s19" in str(caught.value)
    return caught.value


def test_the_example_of_wikipedia() -> None:
    loaded = read(
        "S00F000068656C6C6F202020202000003C",
        "S11F00007C0802A6900100049421FFF07C6C1B787C8C23783C6000003863000026",
        "S11F001C4BFFFFE5398000007D83637880010014382100107C0803A64E800020E9",
        "S111003848656C6C6F20776F726C642E0A0042",
        "S5030003F9",
        "S9030000FC",
    )
    assert loaded.files[0].title == "hello     "
    (segment,) = loaded.image.segments
    assert (segment.address, len(segment.data)) == (0, 70)
    assert segment.data.endswith(b"Hello world.\n\0")
    assert loaded.image.entry is None


@pytest.mark.parametrize(
    ("data", "end"), [(1, 9), (2, 8), (3, 7)], ids=["16 bits", "24 bits", "32 bits"]
)
def test_addresses_of_every_width(data: int, end: int) -> None:
    image = read(s_record(data, 0x1234, b"ab"), s_record(end, 0x1235)).image
    assert image.segments == (Segment(0x1234, b"ab"),)
    assert image.entry == 0x1235


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\n\n", " \n"])
def test_newlines_of_any_system(newline: str) -> None:
    assert read(TITLE, DATA, END, newline=newline).image.size == 4


def test_lower_case_and_any_order() -> None:
    second = s_record(3, 0x0800_0004, b"\xab").lower().replace("s", "S")
    assert read(second, DATA, END).image.segments == (Segment(0x0800_0000, b"\1\2\3\4\xab"),)


def test_wrong_checksum() -> None:
    error = refuse(TITLE, DATA[:-2] + "00", END)
    assert isinstance(error, RecordChecksum)
    assert (error.line, error.found, error.expected) == (2, 0, int(DATA[-2:], 16))


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ("S3", "length"),
        (DATA + "00", "length"),
        (DATA[:-1], "length"),
        (DATA[:-1] + "g", "hexadecimal"),
        (DATA.replace("01020304", "01 020304"), "hexadecimal"),
        (s_record(4, 0), "reserved"),
        ("S10100FE", "length"),
        ("S10200FD", "address of 2 bytes"),
        (":00000001FF", "begins with"),
        ("S", "begins with"),
        ("Sx", "begins with"),
        ("S²", "begins with"),
        ("hello", "begins with"),
    ],
)
def test_a_bad_record(record: str, words: str) -> None:
    error = refuse(TITLE, "", record, END)
    assert isinstance(error, BadRecord)
    assert error.line == 3
    assert words in error.detail


def test_a_byte_given_twice_names_the_later_line() -> None:
    error = refuse(s_record(3, 0x0800_0003, b"x"), TITLE, DATA, END)
    assert isinstance(error, RecordsOverlap)
    assert (error.line, error.address) == (3, 0x0800_0003)


@pytest.mark.parametrize("last", [DATA, DATA[:-1], DATA[:-4], "S", "S3", "S30"])
def test_cut_off(last: str) -> None:
    error = refuse(TITLE, s_record(3, 0, b"x"), last)
    assert isinstance(error, RecordsTruncated)
    assert error.line == 3


@pytest.mark.parametrize("kind", [5, 6])
def test_records_are_counted(kind: int) -> None:
    assert read(TITLE, DATA, s_record(kind, 1), END).image.size == 4
    error = refuse(TITLE, DATA, s_record(kind, 2), END)
    assert isinstance(error, RecordsTruncated)
    assert "counts 2 data records, 1 came" in error.detail


def test_records_behind_the_end() -> None:
    error = refuse(TITLE, DATA, END, DATA)
    assert isinstance(error, BadRecord)
    assert error.line == 4


def test_no_data() -> None:
    assert isinstance(refuse(TITLE, END), ImageEmpty)
