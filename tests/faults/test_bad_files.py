"""Files that are no images, outputs that cannot be: refused before the chip is touched."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.bench import Bench, command
from tests.faults.refusal import must_explain, must_refuse
from tests.faults.scene import random_bytes
from tests.images.craft import BLINKY, elf32, firmware, hex_record, s_record, uf2

FLASH = 0x0800_0000
MIB = 1 << 20
GOOD = b"".join(hex_record(0, at, random_bytes(at, 16)).encode() + b"\n" for at in range(0, 64, 16))
EOF = b":00000001FF\n"


def flipped(text: bytes, at: int) -> bytes:
    """One digit of it is another."""
    digit = b"0" if text[at : at + 1] != b"0" else b"1"
    return text[:at] + digit + text[at + 1 :]


def srec() -> bytes:
    lines = (s_record(3, FLASH + at, random_bytes(at, 16)) for at in range(0, 64, 16))
    return "\n".join((*lines, "")).encode()


FILES = {
    "empty": (b"", "image-empty"),
    "noise": (random_bytes(1, MIB) * 100, "image-too-big"),
    "little noise": (random_bytes(1, 4000), "vector-stack"),
    "a shell script": (b"#!/bin/sh\necho hello\n" * 40, "not-firmware"),
    "HEX checksum": (flipped(GOOD, 60) + EOF, "record-checksum"),
    "HEX without an end": (GOOD, "records-truncated"),
    "HEX cut in a record": (GOOD[:-9], "records-truncated"),
    "SREC checksum": (flipped(srec(), 70), "record-checksum"),
    "ELF outside flash": (elf32((0x0900_0000, random_bytes(5, 64))), "outside-flash"),
    "ELF for RAM": (elf32((0x2000_0000, random_bytes(5, 64))), "image-in-ram"),
    "ELF over the end": (elf32((FLASH, firmware(size=65 * 1024))), "image-too-long"),
    "ELF for x86": (elf32((FLASH, firmware()), machine=3), "elf-other-machine"),
    "ELF with overlap": (
        elf32((FLASH, firmware()), (FLASH + 128, random_bytes(5, 64))),
        "segments-overlap",
    ),
    "UF2 cut": (uf2(FLASH, firmware(size=1024))[:-512], "uf2-incomplete"),
    "a reset vector to nowhere": (firmware(reset=0x1234_5679), "vector-reset"),
    "no Thumb bit": (firmware(reset=FLASH + 0x40), "vector-thumb"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_bad_file(bench: Bench, tmp_path: Path, name: str) -> None:
    content, code = FILES[name]
    file = tmp_path / "image"
    file.write_bytes(content)
    error = must_refuse(bench, "write", str(file), "--via", bench.via, code=code, exit_code=7)
    assert "image" in error["what"] + error["why"]


@pytest.mark.parametrize("length", [*range(1, 120, 7), *range(120, BLINKY.stat().st_size, 331)])
def test_an_elf_cut_anywhere(bench: Bench, tmp_path: Path, length: int) -> None:
    file = tmp_path / "cut.elf"
    file.write_bytes(BLINKY.read_bytes()[:length])
    before = bench.memory
    told = command("write", str(file), "--via", bench.via, "--json")
    assert told.exit == 7
    must_explain(told)
    assert bench.memory == before


def test_files_that_overlap(bench: Bench, tmp_path: Path) -> None:
    for name in ("a.bin", "b.bin"):
        (tmp_path / name).write_bytes(random_bytes(1, 100))
    files = (f"{tmp_path}/a.bin@0x08001000", f"{tmp_path}/b.bin@0x08001063")
    must_refuse(bench, "write", *files, "--via", bench.via, code="images-overlap", exit_code=7)


def test_a_bin_outside_flash(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(random_bytes(1, 100))
    file = f"{tmp_path}/a.bin@0x0800ffff"
    must_refuse(bench, "write", file, "--via", bench.via, code="image-too-long", exit_code=7)


PLACES = {
    "a directory": (".", "image-is-directory"),
    "nothing": ("nowhere.elf", "image-not-found"),
    "no end": ("/dev/zero", "image-too-big"),
    "what cannot be read": ("/proc/self/mem", "image-unreadable"),
}


@pytest.mark.parametrize("command_", ["write", "verify"])
@pytest.mark.parametrize("name", PLACES)
def test_not_a_file(bench: Bench, name: str, command_: str) -> None:
    path, code = PLACES[name]
    must_refuse(bench, command_, path, "--via", bench.via, code=code, exit_code=7)


# Outputs


@contextmanager
def files_no_longer_than(size: int) -> Iterator[None]:
    """The operating system refuses to let any file grow further, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


READ = ("read", "0x08000000", "64k", "-o")
BACKUP = ("backup",)


@pytest.mark.parametrize("verb", [READ, BACKUP], ids=["read", "backup"])
@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/proc/flash.bin", "output-unwritable"),
        ("nowhere/flash.bin", "output-unwritable"),
        (".", "output-unwritable"),
        ("/dev/full", "disk-full"),
    ],
)
def test_an_unwritable_output(bench: Bench, verb: tuple[str, ...], path: str, code: str) -> None:
    if verb == BACKUP and path == "/dev/full":
        return  # its second file would be a new one in /dev
    must_refuse(bench, *verb, path, "--via", bench.via, code=code, exit_code=2)


@pytest.mark.parametrize("suffix", ["bin", "hex"])
@pytest.mark.parametrize("verb", [READ, BACKUP], ids=["read", "backup"])
def test_a_full_disk(bench: Bench, tmp_path: Path, verb: tuple[str, ...], suffix: str) -> None:
    file = tmp_path / f"flash.{suffix}"
    with files_no_longer_than(30_000):
        must_refuse(bench, *verb, str(file), "--via", bench.via, code="disk-full", exit_code=2)
    assert list(tmp_path.iterdir()) == [], "no half file, and no scratch file"
    file.write_bytes(b"an older dump")
    with files_no_longer_than(30_000):
        must_refuse(bench, *verb, str(file), "--via", bench.via, code="disk-full", exit_code=2)
    assert list(tmp_path.iterdir()) == [file]
    assert file.read_bytes() == b"an older dump"


def test_no_room_for_the_journal(bench: Bench, tmp_path: Path) -> None:
    """Nothing is erased before the bytes to be kept are on the disk."""
    file = tmp_path / "a.bin"
    file.write_bytes(random_bytes(1, 100))
    write = ("write", f"{file}@0x08001011", "--via", bench.via)
    with files_no_longer_than(100):
        must_refuse(bench, *write, code="journal-not-written", exit_code=10)
    assert command(*write).exit == 0
