"""ELF: files by Arm's compiler, files made by hand, and damaged ones."""

from __future__ import annotations

import shutil
import struct
from dataclasses import replace
from pathlib import Path

import pytest

from swdflash.images.errors import (
    ElfCorrupt,
    ElfNotLinked,
    ElfTruncated,
    ImageError,
    SegmentsOverlap,
)
from swdflash.images.image import Segment
from swdflash.memory import Span
from tests.images.craft import (
    BLINKY,
    C8,
    FLASH,
    PROGRAM,
    codes,
    elf32,
    firmware,
    gcc,
    link,
    load_one,
    objcopy,
    refused,
)

FLOATS = PROGRAM.replace("b reset", "vadd.f32 s0, s1, s2\n    b reset")


def refuse(data: bytes) -> ImageError:
    with pytest.raises(ImageError) as caught:
        load_one(data, "a.elf")
    assert "a.elf" in str(caught.value)
    return caught.value


def patched(offset: int, form: str, value: int) -> bytes:
    """blinky with one field of its headers changed."""
    data = bytearray(BLINKY.read_bytes())
    struct.pack_into(form, data, offset, value)
    return bytes(data)


def test_initial_values_go_to_their_load_address(tmp_path: Path) -> None:
    """.data lies in RAM when the program runs, in flash when it is loaded."""
    image = load_one(link(tmp_path)).image
    assert image.spans == (Span(FLASH, len(objcopy("binary", tmp_path, tmp_path / "program.elf"))),)
    assert image.segments[0].data.endswith(struct.pack("<I", 0x1234_5678))


def test_what_it_says_of_its_build() -> None:
    elf = load_one(BLINKY.read_bytes()).files[0].elf
    assert elf is not None
    assert (elf.machine, elf.bits, elf.little_endian) == ("ARM", 32, True)
    assert (elf.arch, elf.hard_float, elf.fpu, elf.headers) == ("Armv7-M", False, False, None)
    assert elf.compilers[0].startswith("GCC: ")
    # The id is loaded too: .note.gnu.build-id lies in flash.
    assert bytes.fromhex(elf.build_id or "") in load_one(BLINKY.read_bytes()).image.segments[0].data


def test_a_file_without_sections() -> None:
    image = load_one(elf32((FLASH, b"abcd"), (FLASH + 4, b""), (FLASH + 8, b"ef"))).image
    assert image.segments == (Segment(FLASH, b"abcd"), Segment(FLASH + 8, b"ef"))


def test_physical_addresses_that_are_all_zero_are_not_meant() -> None:
    image = load_one(elf32((0, b"abcd"), (0, b"ef"), vaddrs=(FLASH, FLASH + 8))).image
    assert image.spans == (Span(FLASH, 4), Span(FLASH + 8, 2))


def test_segments_that_overlap() -> None:
    error = refuse(elf32((FLASH, bytes(16)), (FLASH + 8, bytes(16))))
    assert isinstance(error, SegmentsOverlap)
    assert (error.start, error.end) == (FLASH + 8, FLASH + 16)


@pytest.mark.parametrize("kept", [4, 51, 52, 100, 0x94, 1000, -400, -1])
def test_a_file_cut_off(kept: int) -> None:
    assert isinstance(refuse(BLINKY.read_bytes()[:kept]), ElfTruncated | ElfCorrupt)


def test_a_cut_segment_is_measured() -> None:
    data = elf32((FLASH, bytes(16)))
    error = refuse(data[:-3])
    assert isinstance(error, ElfTruncated)
    assert (error.needed, error.size) == (len(data), len(data) - 3)


@pytest.mark.parametrize(
    "data",
    [
        patched(4, "B", 7),  # EI_CLASS
        patched(42, "<H", 1),  # e_phentsize
        patched(50, "<H", 0xFF00),  # e_shstrndx
        patched(4, "B", 2),  # 64 bits, with the headers of 32
        b"\x7fELF" + bytes(60),
        b"\x7fELF" + b"\xff" * 600,
    ],
)
def test_a_file_that_contradicts_itself(data: bytes) -> None:
    assert isinstance(refuse(data), ElfCorrupt | ElfTruncated | ElfNotLinked)


def test_damaged_build_attributes_end() -> None:
    """A length of 0 sends a naive reader round for ever."""
    data = BLINKY.read_bytes()
    at = data.index(b"A\x2c\0\0\0aeabi")
    for offset, value in ((1, 0), (11, 0), (12, 0), (12, 5), (1, 0xFFFF_FFFF)):
        damaged = bytearray(data)
        struct.pack_into("<I", damaged, at + offset, value)
        try:
            load_one(bytes(damaged))
        except ElfCorrupt:
            continue


def test_an_object_file(tmp_path: Path) -> None:
    (tmp_path / "program.s").write_text(PROGRAM)
    error = refuse(gcc(tmp_path, "-c"))
    assert isinstance(error, ElfNotLinked)
    assert "object file" in str(error)


def test_nothing_to_load() -> None:
    error = refuse(elf32((FLASH, b"")))
    assert isinstance(error, ElfNotLinked)
    assert "an executable" in str(error)


def test_a_program_of_this_machine() -> None:
    path = shutil.which("true")
    assert path
    assert codes(load_one(Path(path).read_bytes()))[0] == "elf-other-machine"


@pytest.mark.parametrize(
    ("data", "machine"),
    [
        (patched(18, "<H", 3), "x86 (32 bits, little-endian)"),
        (patched(18, "<H", 243), "RISC-V (32 bits, little-endian)"),
        (patched(18, "<H", 0x7777), "machine 30583"),
    ],
)
def test_another_machine(data: bytes, machine: str) -> None:
    error = refused(load_one(data))
    assert error is not None
    assert error.code == "elf-other-machine"
    assert machine in str(error)
    assert refused(load_one(data), C8, "elf-other-machine") is None


def test_big_endian(tmp_path: Path) -> None:
    error = refused(load_one(link(tmp_path, "-mbig-endian", "-Wl,--nmagic")))
    assert error is not None
    assert error.code == "elf-other-machine"
    assert "ARM (32 bits, big-endian)" in str(error)


@pytest.mark.parametrize(
    ("options", "source", "found"),
    [
        (("-mcpu=cortex-m3",), PROGRAM, []),
        (("-mcpu=cortex-m0",), PROGRAM, []),
        (("-mcpu=arm7tdmi",), PROGRAM, []),
        (("-mcpu=cortex-m33",), PROGRAM, ["elf-other-core"]),
        (("-mcpu=cortex-m23",), PROGRAM, ["elf-other-core"]),
        (("-mcpu=cortex-m4",), PROGRAM, ["elf-other-core"]),
        (("-mcpu=cortex-a9",), PROGRAM, ["elf-other-core"]),
        (("-mcpu=cortex-m4", "-mfloat-abi=hard", "-mfpu=auto"), FLOATS, ["elf-other-core"]),
        (
            ("-mcpu=cortex-m3", "-mfloat-abi=softfp", "-mfpu=fpv4-sp-d16"),
            FLOATS,
            ["elf-hard-float"],
        ),
    ],
)
def test_another_core(
    tmp_path: Path, options: tuple[str, ...], source: str, found: list[str]
) -> None:
    loaded = load_one(link(tmp_path, *options, "-Wl,--nmagic", source=source))
    assert codes(loaded) == found
    assert refused(loaded, C8, *found) is None


@pytest.mark.parametrize("said_by", ["e_flags", "attributes"])
def test_floats_passed_in_registers(tmp_path: Path, said_by: str) -> None:
    data = patched(36, "<I", 0x0500_0400)
    if said_by == "attributes":
        source = ".eabi_attribute Tag_ABI_VFP_args, 1\n" + FLOATS
        hard = link(tmp_path, "-mcpu=cortex-m4", "-mfloat-abi=hard", "-Wl,--nmagic", source=source)
        data = hard[:36] + struct.pack("<I", 0x0500_0000) + hard[40:]
    elf = load_one(data).files[0].elf
    assert elf is not None
    assert elf.hard_float
    chip = replace(C8, core="Cortex-M4")
    assert codes(load_one(data), chip) == []


def test_hard_float_on_a_core_without_an_fpu() -> None:
    error = refused(load_one(patched(36, "<I", 0x0500_0400)))
    assert error is not None
    assert error.code == "elf-hard-float"
    assert "-mfloat-abi=hard" in str(error)


def test_a_core_that_is_not_known_is_not_judged() -> None:
    chip = replace(C8, core="Cortex-X")
    assert codes(load_one(patched(36, "<I", 0x0500_0400)), chip) == []


@pytest.mark.parametrize("text", [FLASH, FLASH + 0x2000], ids=["alone", "behind a bootloader"])
def test_headers_that_would_be_loaded(tmp_path: Path, text: int) -> None:
    """GNU ld aligns segments to 64 KiB of file and address, and takes the headers along."""
    data = link(tmp_path, "-Wl,-z,max-page-size=0x10000", text=text)
    if text == FLASH:  # no room before the first section: ld does so only with SIZEOF_HEADERS
        data = elf32((FLASH, firmware()))
        data = data[:56] + struct.pack("<I", 0) + data[60:]
    loaded = load_one(data)
    error = refused(loaded)
    assert error is not None
    assert error.code == "elf-headers-in-flash"
    assert not error.forcible
    assert "0x08000000" in str(error)


def test_linked_for_ram(tmp_path: Path) -> None:
    data = link(tmp_path, "-Wl,--nmagic", text=0x2000_0000, data=0x2000_1000)
    error = refused(load_one(data))
    assert error is not None
    assert error.code == "image-in-ram"
    assert not error.forcible


def test_initial_values_linked_for_ram(tmp_path: Path) -> None:
    error = refused(load_one(link(tmp_path, "-Wl,--nmagic", load="0x20000000")))
    assert error is not None
    assert error.code == "data-in-ram"
    assert "4 bytes" in str(error)
