"""Intel HEX: intelhex's own writer is read back, and every fault names its line."""

from __future__ import annotations

from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intelhex import IntelHex

from swdflash.images.errors import (
    BadRecord,
    ImageEmpty,
    ImageError,
    RecordChecksum,
    RecordsOverlap,
    RecordsTruncated,
)
from swdflash.images.image import Image
from tests.images.craft import hex_record, load_one

BASE = hex_record(4, 0, b"\x08\x00")
DATA = hex_record(0, 0x100, b"\1\2\3\4")
END = hex_record(1, 0, b"")


def read(*lines: str, newline: str = "\n") -> Image:
    return load_one((newline.join(lines) + newline).encode("latin-1"), "a.hex").image


def refuse(*lines: str) -> ImageError:
    with pytest.raises(ImageError) as caught:
        read(*lines)
    assert "a.hex" in str(caught.value)
    return caught.value


@given(
    st.dictionaries(st.integers(0, 0xFFFF_FFC0), st.binary(min_size=1, max_size=40), min_size=1),
    st.none() | st.integers(1, 0xFFFF_FFFF),
)
def test_what_intelhex_writes_is_read(parts: dict[int, bytes], entry: int | None) -> None:
    writer = IntelHex()
    expected = Image(())
    for address, data in parts.items():
        writer.puts(address, data)
        expected = expected.overlay(Image.of(address, data))
    if entry is not None:
        writer.start_addr = {"EIP": entry}
    text = StringIO()
    writer.write_hex_file(text)
    image = load_one(text.getvalue().encode()).image
    assert image.segments == expected.segments
    assert image.entry == entry


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\n\n", "  \r\n"])
def test_newlines_of_any_system(newline: str) -> None:
    assert read(BASE, DATA, END, newline=newline).spans[0].start == 0x0800_0100


def test_control_z_and_a_missing_last_newline() -> None:
    assert load_one("\n".join((BASE, DATA, END)).encode() + b"\x1a").image.size == 4


def test_a_byte_order_mark() -> None:
    assert load_one("\n".join((BASE, DATA, END)).encode("utf-8-sig")).image.size == 4


def test_a_segment_address_of_the_8086() -> None:
    assert read(hex_record(2, 0, b"\x12\x34"), DATA, END).spans[0].start == 0x12340 + 0x100


def test_an_8086_start_address_is_not_ours() -> None:
    assert read(BASE, DATA, hex_record(3, 0, b"\0\0\1\0"), END).entry is None


def test_wrong_checksum() -> None:
    error = refuse(BASE, DATA, DATA[:-2] + "00", END)
    assert isinstance(error, RecordChecksum)
    assert (error.line, error.found, error.expected) == (3, 0, int(DATA[-2:], 16))


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (":0401000001020304F1FF", "length"),
        (":04", "hexadecimal"),
        (":0401", "hexadecimal"),
        (":04010000010203zzF1", "hexadecimal"),
        ("hello", "hexadecimal"),
        (hex_record(6, 0, b""), "type"),
        (hex_record(1, 0, b"x"), "end-of-file"),
        (hex_record(4, 0, b"x"), "extended address"),
        (hex_record(2, 1, b"xx"), "extended address"),
        (hex_record(5, 0, b"x"), "start address"),
        ("é", "hexadecimal"),
    ],
)
def test_a_bad_record(record: str, words: str) -> None:
    error = refuse(BASE, DATA, "", record, END)
    assert isinstance(error, BadRecord)
    assert error.line == 4
    assert words in error.detail


def test_a_second_start_address() -> None:
    start = hex_record(5, 0, b"\x08\0\0\1")
    error = refuse(BASE, start, start, END)
    assert isinstance(error, BadRecord)
    assert "second time" in error.detail


def test_a_byte_given_twice() -> None:
    error = refuse(BASE, DATA, hex_record(0, 0x103, b"x"), END)
    assert isinstance(error, RecordsOverlap)
    assert (error.line, error.address) == (3, 0x0800_0103)


@pytest.mark.parametrize("last", [DATA, DATA[:-1], DATA[:-4], ":", ":0"])
def test_cut_off(last: str) -> None:
    error = refuse(BASE, hex_record(0, 0x200, b"x"), last)
    assert isinstance(error, RecordsTruncated)
    assert error.line == 3


def test_records_behind_the_end() -> None:
    error = refuse(BASE, END, DATA)
    assert isinstance(error, BadRecord)
    assert error.line == 3


def test_no_data() -> None:
    assert isinstance(refuse(BASE, END), ImageEmpty)
