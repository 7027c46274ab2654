"""BIN is what nothing else is, but not everything is firmware."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest

from swdflash.images.errors import NotFirmware
from swdflash.images.load import FileBytes
from tests.images.craft import FLASH, load, load_one


def a_zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("firmware.bin", b"x")
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (a_zip(), "ZIP"),
        (gzip.compress(b"x", mtime=0), "gzip"),
        (b"!<arch>\nlibc.a", "library"),
        (b"int main(void) { return 0; }\n", "text"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
    ],
)
def test_what_no_chip_runs_needs_an_address(data: bytes, kind: str) -> None:
    with pytest.raises(NotFirmware) as caught:
        load_one(data)
    assert kind in str(caught.value)
    image = load(FileBytes("data", data, FLASH + 0xF000)).image
    assert image.segments[0].data == data
