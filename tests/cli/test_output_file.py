from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from intelhex import IntelHex

from swdflash.cli.errors import DiskFull, OutputUnwritable
from swdflash.cli.output_file import check_writable, save, save_memory
from swdflash.images.image import Image

BYTES = bytes(range(256)) * 5


def test_bin_and_hex_by_suffix(tmp_path: Path) -> None:
    image = Image.of(0x0800_0100, BYTES)
    save_memory(tmp_path / "flash.bin", image)
    save_memory(tmp_path / "flash.HEX", image)
    assert (tmp_path / "flash.bin").read_bytes() == BYTES
    records = IntelHex(str(tmp_path / "flash.HEX"))
    assert records.segments() == [(0x0800_0100, 0x0800_0100 + len(BYTES))]
    assert records.tobinstr() == BYTES


def test_what_stood_there_is_replaced_and_keeps_its_permissions(tmp_path: Path) -> None:
    file = tmp_path / "flash.bin"
    file.write_bytes(b"old")
    file.chmod(0o640)
    link = tmp_path / "link.bin"
    link.symlink_to(file)
    save(link, BYTES)
    assert link.is_symlink()
    assert file.read_bytes() == BYTES
    assert file.stat().st_mode & 0o777 == 0o640
    assert sorted(tmp_path.iterdir()) == [file, link]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_leaves_what_stood_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    file = tmp_path / "flash.bin"
    file.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull) as caught:
        save(file, BYTES)
    assert caught.value.size == len(BYTES)
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_full_device_is_a_full_disk() -> None:
    with pytest.raises(DiskFull):
        save(Path("/dev/full"), BYTES)


def test_hopeless_places_are_refused_at_once(tmp_path: Path) -> None:
    for file in (tmp_path, tmp_path / "nowhere" / "flash.bin", Path("/proc/flash.bin")):
        with pytest.raises(OutputUnwritable):
            check_writable(file)
    check_writable(tmp_path / "flash.bin")
    assert list(tmp_path.iterdir()) == []
