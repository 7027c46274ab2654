"""Files are found, told apart by what they hold, and merged."""

from __future__ import annotations

import os
import tracemalloc
from hashlib import sha256
from pathlib import Path

import pytest

from swdflash.errors import Exit
from swdflash.images.contents import Format
from swdflash.images.errors import (
    ImageEmpty,
    ImageError,
    ImageHasAddresses,
    ImageIsDirectory,
    ImageNotFound,
    ImagesOverlap,
    ImageTooBig,
    ImageUnreadable,
)
from swdflash.images.image import Segment
from swdflash.images.load import LIMIT, FileBytes, load_image, told_by_content
from swdflash.images.source import Source
from swdflash.memory import Span
from tests.images.craft import BLINKY, FLASH, elf32, firmware, hex_record, load, load_one, objcopy


def refuse(path: Path) -> ImageError:
    with pytest.raises(ImageError) as caught:
        load_image([Source(path)], bin_address=FLASH)
    assert caught.value.explain().exit is Exit.BAD_IMAGE
    assert str(path) in caught.value.explain().what
    return caught.value


def test_no_such_file(tmp_path: Path) -> None:
    assert isinstance(refuse(tmp_path / "none.elf"), ImageNotFound)


def test_a_directory(tmp_path: Path) -> None:
    assert isinstance(refuse(tmp_path), ImageIsDirectory)


def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.bin"
    path.touch()
    assert isinstance(refuse(path), ImageEmpty)


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "secret.bin"
    path.write_bytes(firmware())
    path.chmod(0)
    me = os.geteuid()
    if me == 0:  # root reads everything; somebody else does not
        os.seteuid(65534)
    try:
        error = refuse(path)
    finally:
        os.seteuid(me)
    assert isinstance(error, ImageUnreadable)
    assert "Permission denied" in str(error)


def test_a_path_that_goes_through_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert isinstance(refuse(tmp_path / "file" / "a.bin"), ImageUnreadable)


def test_noise_of_100_mb_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "noise.bin"
    with path.open("wb") as file:
        file.write(os.urandom(4096))
        file.truncate(100_000_000)
    tracemalloc.start()
    try:
        error = refuse(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(error, ImageTooBig)
    assert peak < 1_000_000


def test_an_endless_pipe_is_not_read_to_its_end() -> None:
    assert isinstance(refuse(Path("/dev/zero")), ImageTooBig)


def test_bytes_in_memory_have_the_same_limit() -> None:
    with pytest.raises(ImageTooBig):
        load_one(bytes(LIMIT + 1))


@pytest.mark.parametrize(
    ("head", "form"),
    [
        (b"\x7fELF\x02", Format.ELF),
        (b"UF2\nWrong", Format.UF2),
        (b":10", Format.HEX),
        (b"\r\n :020000040800F2\r\n", Format.HEX),
        (b"\xef\xbb\xbf:020000040800F2", Format.HEX),
        (b":zz is no hexadecimal", Format.HEX),
        (b":\x0020000040800F2", Format.HEX),
        (b"S00600004844521B", Format.SREC),
        (b"S", Format.BIN),
        (b"S1", Format.SREC),
        (b"Some text", Format.BIN),
        (b":\x80\x00\x20\x01\x01\x00\x08", Format.BIN),
        (firmware(), Format.BIN),
    ],
)
def test_content_tells_the_format(head: bytes, form: Format) -> None:
    assert told_by_content(head) is form


@pytest.mark.parametrize(
    ("form", "expected"),
    [("ihex", Format.HEX), ("srec", Format.SREC), ("binary", Format.BIN)],
)
def test_objcopy_and_the_elf_agree(tmp_path: Path, form: str, expected: Format) -> None:
    data = objcopy(form, tmp_path)
    (tmp_path / "blinky.elf").write_bytes(data)  # the suffix says nothing
    loaded = load_image([Source(tmp_path / "blinky.elf")], bin_address=FLASH)
    elf = load_image([Source(BLINKY)], bin_address=0)
    assert loaded.files[0].format is expected
    assert loaded.image.segments == elf.image.segments
    assert loaded.image.entry == (None if expected is Format.BIN else elf.image.entry)


def test_facts_of_each_file() -> None:
    data = BLINKY.read_bytes()
    loaded = load(FileBytes("blinky.elf", data), FileBytes("data.bin", b"\1\2", 0x0800_F000))
    blinky, extra = loaded.files
    assert blinky.sha256 == sha256(data).hexdigest()
    assert (blinky.size, blinky.format) == (len(data), Format.ELF)
    assert (extra.path, extra.format, extra.elf) == (Path("data.bin"), Format.BIN, None)
    assert extra.segments == (Span(0x0800_F000, 2),)
    assert loaded.image.files == (Path("blinky.elf"), Path("data.bin"))
    assert loaded.image.entry == blinky.entry
    assert loaded.name == "blinky.elf, data.bin"
    assert not loaded.notes


def test_a_bin_without_an_address_goes_where_the_caller_says_and_that_is_said() -> None:
    loaded = load(FileBytes("a.bin", firmware()), bin_address=FLASH)
    assert loaded.image.segments == (Segment(FLASH, firmware()),)
    (note,) = loaded.notes
    assert note.code == "bin-address"
    assert "a.bin" in note.text
    assert "0x08000000" in note.text


def test_files_that_touch_become_one_segment() -> None:
    loaded = load(FileBytes("b", b"\3\4", FLASH + 2), FileBytes("a", b"\1\2", FLASH))
    assert loaded.image.segments == (Segment(FLASH, b"\1\2\3\4"),)


def test_files_that_overlap_are_named_with_the_range() -> None:
    app = elf32((FLASH, bytes(0x100)), (FLASH + 0x1000, bytes(0x100)))
    with pytest.raises(ImagesOverlap) as caught:
        load(FileBytes("app.elf", app), FileBytes("data.bin", b"\xa5" * 64, FLASH + 0x10F0))
    text = str(caught.value)
    for word in ("app.elf", "data.bin", "0x080010f0..0x08001100", "16 bytes"):
        assert word in text


def test_a_file_inside_another_overlaps_it() -> None:
    long, short = FileBytes("long", bytes(100), 0), FileBytes("short", bytes(4), 10)
    with pytest.raises(ImagesOverlap, match=r"0x0000000a\.\.0x0000000e"):
        load(short, long)
    with pytest.raises(ImagesOverlap, match=r"0x00000032\.\.0x00000036"):
        load(long, FileBytes("far", bytes(4), 50), FileBytes("near", bytes(4), 200))


@pytest.mark.parametrize("data", [elf32((FLASH, b"abcd")), hex_record(1, 0, b"").encode()])
def test_what_has_addresses_takes_no_other(data: bytes) -> None:
    with pytest.raises(ImageHasAddresses, match="0x08004000"):
        load(FileBytes("a", data, 0x0800_4000))
