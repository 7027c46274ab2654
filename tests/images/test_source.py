"""`PATH@ADDRESS` is split where a person would split it."""

from __future__ import annotations

from pathlib import Path

import pytest

from swdflash.errors import Exit
from swdflash.images.errors import BadImageAddress
from swdflash.images.source import Source, parse_source


@pytest.mark.parametrize(
    ("text", "path", "address"),
    [
        ("blinky.elf", "blinky.elf", None),
        ("a.bin@0x08004000", "a.bin", 0x0800_4000),
        ("a.bin@0X0800_F000", "a.bin", 0x0800_F000),
        ("a.bin@134217728", "a.bin", 0x0800_0000),
        ("a.bin@0", "a.bin", 0),
        ("me@home/a.bin@0x10", "me@home/a.bin", 0x10),
        ("me@home/a.bin", "me@home/a.bin", None),
        ("notes@2.bin", "notes@2.bin", None),
        ("v@2/a.bin", "v@2/a.bin", None),
        ("@0x10", "@0x10", None),
        ("a.bin@", "a.bin@", None),
    ],
)
def test_split(text: str, path: str, address: int | None) -> None:
    assert parse_source(text) == Source(Path(path), address)


@pytest.mark.parametrize("tail", ["0x", "0x0800zz", "08004000", "08004000h", "1__0", "0x100000000"])
def test_what_cannot_be_an_address_is_a_usage_error(tail: str) -> None:
    with pytest.raises(BadImageAddress) as caught:
        parse_source(f"a.bin@{tail}")
    assert caught.value.explain().exit is Exit.USAGE
    assert tail in str(caught.value)


def test_a_file_that_has_the_whole_name_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.bin@0x10").write_bytes(b"x")
    assert parse_source("a.bin@0x10") == Source(Path("a.bin@0x10"))
