"""Kept bytes on disk while the chip does not hold them.

One file a chip, named by its unique id: a line of JSON and a line with its SHA-256. It is replaced
as a whole or not at all, and is on the disk before the first erase.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import msgspec

from swdflash.flashing.errors import JournalNotWritten
from swdflash.flashing.plan import KeptSector
from swdflash.memory import Span
from swdflash.state import state_directory

VERSION = 1
SUFFIX = ".journal"


def journal_dir() -> Path:
    """Where journals belong."""
    return state_directory() / "journals"


def usable_uid(uid: bytes) -> bool:
    """Whether a unique id tells one chip from another: clones have all zeros or all ones."""
    return bool(uid) and uid.count(0) != len(uid) and uid.count(0xFF) != len(uid)


class _Sector(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    start: int
    old: bytes
    final: bytes
    kept: tuple[tuple[int, int], ...]  # (address, size)


class _Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    uid: str
    sectors: tuple[_Sector, ...]


@dataclass(frozen=True)
class Damaged:
    """A journal that cannot be read, and why."""

    reason: str


class Journal:
    """The journal of one chip.

    `uid` is its unique id (`usable_uid`), or another name that is the chip's alone; `alias` is a
    name by which an earlier write, which could not know the first, may have kept something.
    """

    def __init__(self, folder: Path, uid: bytes | str, alias: str = "") -> None:
        self._uid = uid.hex() if isinstance(uid, bytes) else uid
        self.path = folder / f"{self._uid}{SUFFIX}"
        self._alias = alias
        self._alias_path = folder / f"{alias}{SUFFIX}" if alias else None

    @property
    def _found(self) -> tuple[Path, str]:
        """The file, and the name that is to be in it."""
        if self._alias_path is not None and self._alias_path.exists() and not self.path.exists():
            return self._alias_path, self._alias
        return self.path, self._uid

    def load(self) -> tuple[KeptSector, ...] | Damaged:
        """What an interrupted write left; nothing where there is no journal."""
        path, uid = self._found
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return ()
        except OSError as error:
            return Damaged(error.strerror or str(error))
        body, _, checksum = content.rstrip(b"\n").rpartition(b"\n")
        if hashlib.sha256(body).hexdigest().encode() != checksum:
            return Damaged("its checksum does not match")
        try:
            record = msgspec.json.decode(body, type=_Record)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return Damaged(str(error))
        return self._sectors(record, uid)

    @staticmethod
    def _sectors(record: _Record, uid: str) -> tuple[KeptSector, ...] | Damaged:
        if record.version != VERSION:
            return Damaged(f"it is of version {record.version}, not {VERSION}")
        if record.uid != uid:
            return Damaged(f"it is of the chip {record.uid}")
        sectors = tuple(_kept_sector(sector) for sector in record.sectors)
        if not all(map(_makes_sense, sectors)) or not _apart([item.sector for item in sectors]):
            return Damaged("its sectors make no sense")
        return sectors

    def save(self, kept: Sequence[KeptSector]) -> None:
        """Have exactly these sectors on the disk when this returns; none at all: no file.

        Raises `JournalNotWritten`.
        """
        if not kept:
            self.remove()
            return
        sectors = tuple(
            _Sector(item.sector.start, item.old, item.final, _pairs(item.kept)) for item in kept
        )
        body = msgspec.json.encode(_Record(VERSION, self._uid, sectors))
        content = body + b"\n" + hashlib.sha256(body).hexdigest().encode() + b"\n"
        with self._explained(sum(span.size for item in kept for span in item.kept)):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            _replace(self.path, content)
            self._drop(self._alias_path)

    def remove(self) -> None:
        """Forget what was kept. Raises `JournalNotWritten`."""
        with self._explained(0):
            self._drop(self.path)
            self._drop(self._alias_path)

    def set_aside(self) -> Path:
        """Copy the file to where no write takes it for its own; the copy's path.

        Raises `JournalNotWritten`.
        """
        with self._explained(0):
            content = self._found[0].read_bytes()
            name = hashlib.sha256(content).hexdigest()[:8]
            aside = self.path.with_name(f"{self._uid}.{name}.set-aside")
            _replace(aside, content)
        return aside

    @staticmethod
    def _drop(path: Path | None) -> None:
        if path is not None and path.exists():
            path.unlink()
            _sync_folder(path.parent)

    @contextmanager
    def _explained(self, size: int) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = error.strerror or str(error)
            raise JournalNotWritten(str(self.path), size, reason) from error


def _pairs(spans: Sequence[Span]) -> tuple[tuple[int, int], ...]:
    return tuple((span.start, span.size) for span in spans)


def _kept_sector(sector: _Sector) -> KeptSector:
    kept = tuple(Span(start, size) for start, size in sector.kept)
    return KeptSector(Span(sector.start, len(sector.old)), sector.old, sector.final, kept)


def _makes_sense(item: KeptSector) -> bool:
    inside = all(item.sector.covers(span) for span in item.kept)
    return len(item.old) == len(item.final) and inside and _apart(item.kept)


def _apart(spans: Sequence[Span]) -> bool:
    """Whether spans are ascending, not empty, and have no byte in common."""
    return all(s.size > 0 for s in spans) and all(a.end <= b.start for a, b in pairwise(spans))


def _replace(path: Path, content: bytes) -> None:
    """Put a whole file in place, and onto the disk; no half file is left where that fails."""
    new = path.with_name(path.name + ".new")
    try:
        with new.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except BaseException:
        with suppress(OSError):
            new.unlink()
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Have the folder's own entries on the disk (POSIX; elsewhere the system sees to it)."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
