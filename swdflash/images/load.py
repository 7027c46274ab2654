"""Files to one image: told by content, read, merged; nothing here knows the chip."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

from swdflash.events import Noted
from swdflash.images import elf, uf2
from swdflash.images.bin import TEXT, read_bin
from swdflash.images.contents import Contents, ElfFacts, Format
from swdflash.images.elf import read_elf
from swdflash.images.errors import (
    ImageEmpty,
    ImageHasAddresses,
    ImageIsDirectory,
    ImageNotFound,
    ImagesOverlap,
    ImageTooBig,
    ImageUnreadable,
)
from swdflash.images.hex import read_hex
from swdflash.images.image import Image
from swdflash.images.source import Source
from swdflash.images.srec import read_srec
from swdflash.images.uf2 import read_uf2
from swdflash.memory import Span

LIMIT = 16 * 1024 * 1024  # bytes in a file: 4 MiB of flash in Intel HEX are below 12 MiB

_BOM = b"\xef\xbb\xbf"  # some Windows editors put it before text
_RECORD = re.compile(rb"\s*(?:(:)|S[0-9](?:[0-9A-Fa-f]{2}|[0-9A-Fa-f]?\s*$))")


@dataclass(frozen=True)
class FileBytes:
    """A file already in memory; `name` is what messages call it."""

    name: str
    data: bytes = field(repr=False)
    address: int | None = None


@dataclass(frozen=True)
class FileFacts:
    """One of the files an image was made of."""

    path: Path
    format: Format
    size: int  # bytes of the file
    sha256: str
    segments: tuple[Span, ...]
    entry: int | None
    elf: ElfFacts | None
    uf2_family: int | None
    title: str | None


@dataclass(frozen=True)
class LoadedImage:
    """All files in one image, with what is known of each and worth saying."""

    image: Image
    files: tuple[FileFacts, ...]
    notes: tuple[Noted, ...] = ()

    @property
    def name(self) -> str:
        """The files' names, for messages."""
        return ", ".join(str(file.path) for file in self.files)

    def name_at(self, span: Span) -> str:
        """The names of the files with bytes in `span`, of all where none has."""
        here = [str(f.path) for f in self.files if any(s.overlap(span) for s in f.segments)]
        return ", ".join(here) or self.name


def load_image(sources: Sequence[Source], *, bin_address: int) -> LoadedImage:
    """Read files and merge them; a BIN without an address goes to `bin_address`.

    Raises an ImageError for what cannot be read, is damaged or overlaps.
    """
    return load_bytes([read_source(source) for source in sources], bin_address=bin_address)


def load_bytes(files: Sequence[FileBytes], *, bin_address: int) -> LoadedImage:
    """As load_image, from files that are in memory already."""
    read = [(file, read_file(file, bin_address)) for file in files]
    _check_overlaps(read)
    entries = [contents.image.entry for _, contents in read if contents.image.entry is not None]
    image = Image.from_segments(
        (segment for _, contents in read for segment in contents.image.segments),
        entry=entries[0] if entries else None,
        files=tuple(Path(file.name) for file in files),
    )
    notes = tuple(
        Noted("bin-address", f"{file.name} brings no address: it goes to {bin_address:#010x}")
        for file, contents in read
        if contents.format is Format.BIN and file.address is None
    )
    return LoadedImage(image, tuple(_facts(file, contents) for file, contents in read), notes)


def read_source(source: Source) -> FileBytes:
    """Read a file of up to LIMIT bytes; a bigger one is refused before it is read."""
    path, name = source.path, str(source.path)
    try:
        if path.stat().st_size > LIMIT:
            raise ImageTooBig(name, LIMIT)
        with path.open("rb") as file:
            data = file.read(LIMIT + 1)  # a pipe's size is not known before
    except FileNotFoundError:
        raise ImageNotFound(name, str(Path.cwd())) from None
    except IsADirectoryError:
        raise ImageIsDirectory(name) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = error.strerror if isinstance(error, OSError) else None
        raise ImageUnreadable(name, reason or str(error)) from None
    return FileBytes(name, data, source.address)


def told_by_content(data: bytes) -> Format:
    """Which format the first bytes say; BIN is what says nothing."""
    if data.startswith(elf.MAGIC):
        return Format.ELF
    if data.startswith(uf2.MAGIC):
        return Format.UF2
    head = data.removeprefix(_BOM)[:64]
    record = _RECORD.match(head)
    # One damaged byte does not make a BIN of a text file.
    if record is None or 4 * sum(byte in TEXT for byte in head) < 3 * len(head):
        return Format.BIN
    return Format.HEX if record[1] else Format.SREC


def read_file(file: FileBytes, bin_address: int) -> Contents:
    """Read one file by the reader of its format."""
    if len(file.data) > LIMIT:
        raise ImageTooBig(file.name, LIMIT)
    if not file.data:
        raise ImageEmpty(file.name, Format.BIN)
    kind = told_by_content(file.data)
    if kind is Format.BIN:
        return read_bin(file.name, file.data, file.address, bin_address)
    if file.address is not None:
        raise ImageHasAddresses(file.name, kind, file.address)
    readers = {
        Format.ELF: read_elf,
        Format.HEX: read_hex,
        Format.SREC: read_srec,
        Format.UF2: read_uf2,
    }
    return readers[kind](file.name, file.data.removeprefix(_BOM))


def _check_overlaps(read: Sequence[tuple[FileBytes, Contents]]) -> None:
    """Refuse two files with bytes for the same address."""
    spans = sorted(
        ((span, file.name) for file, contents in read for span in contents.image.spans),
    )
    for (span, name), (next_span, other) in pairwise(spans):
        if shared := span.overlap(next_span):
            raise ImagesOverlap(name, other, shared.start, shared.end, shared.size)


def _facts(file: FileBytes, contents: Contents) -> FileFacts:
    return FileFacts(
        path=Path(file.name),
        format=contents.format,
        size=len(file.data),
        sha256=sha256(file.data).hexdigest(),
        segments=contents.image.spans,
        entry=contents.image.entry,
        elf=contents.elf,
        uf2_family=contents.uf2_family,
        title=contents.title,
    )
