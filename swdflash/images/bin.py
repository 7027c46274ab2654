"""BIN: bytes without addresses, which is what a file is that is nothing else."""

from __future__ import annotations

from swdflash.images.contents import Contents, Format
from swdflash.images.errors import NotFirmware
from swdflash.images.image import Image

# Well-known beginnings of files that people name by mistake.
_KINDS = (
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\xfd7zXZ\0", "an xz archive"),
    (b"!<arch>\n", "a static library"),
    (b"DfuSe", "a DfuSe file"),
    (b"MZ", "a Windows program"),
    (b"\xcf\xfa\xed\xfe", "a macOS program"),
    (b"%PDF-", "a PDF document"),
    (b"\x89PNG", "a PNG picture"),
    (b"version https://git-lfs", "a Git LFS pointer: run `git lfs pull`"),
)
TEXT = frozenset(b"\t\n\r\f") | frozenset(range(0x20, 0x7F))


def read_bin(name: str, data: bytes, address: int | None, default: int) -> Contents:
    """Bytes as they are, at `address`, or at `default` where none was given.

    With an address anything goes, as it may be data; without one NotFirmware is raised for what
    no chip can run.
    """
    if address is None and (kind := _other_kind(data)):
        raise NotFirmware(name, kind)
    return Contents(Format.BIN, Image.of(default if address is None else address, data))


def _other_kind(data: bytes) -> str | None:
    for magic, kind in _KINDS:
        if data.startswith(magic):
            return kind
    if set(data[:512]) <= TEXT:
        return "text"
    return None
