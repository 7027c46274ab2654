"""Where virtual boards live between commands: a directory each, with what the chip keeps.

Flash and option bytes are files mapped into memory, so a killed process loses nothing that was
programmed. `board.json` is replaced as a whole, so a kill in the middle of saving leaves the old
one.
"""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from swdflash.chips.boards import boards
from swdflash.chips.chip import Chip
from swdflash.chips.data import chip_named
from swdflash.errors import SwdflashError
from swdflash.sim.chip.nonvolatile import NonVolatile, factory_contents
from swdflash.sim.errors import (
    BadBoardName,
    BoardBusy,
    BoardDamaged,
    BoardExists,
    NoSuchBoard,
    StateUnwritable,
)
from swdflash.sim.wiring import Wiring
from swdflash.state import state_directory

RECORD = "board.json"
LOCK = "lock"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a virtual board is. `size_word_kib` is F_SIZE where it is not the flash's size.

    (A C8 with the flash of a CB is a chip STM32F103CB with `size_word_kib` 64.)
    """

    chip: str  # part number
    board: str | None = None  # name in boards.toml
    size_word_kib: int | None = None
    wiring: Wiring
    seed: int = 0

    def make_chip(self) -> Chip:
        """The chip that is soldered on."""
        return chip_named(self.chip)


@dataclass(frozen=True)
class Kept:
    """A board that nobody else has: what is left of it without power."""

    name: str
    record: Record
    chip: Chip
    nonvolatile: NonVolatile


def serial_of(name: str) -> str:
    """A probe's serial number, the same for a name every time: 24 hexadecimal digits."""
    return hashlib.sha256(f"probe {name}".encode()).hexdigest()[:24].upper()


def builtin(name: str) -> Record | None:
    """The virtual board that a board's name in boards.toml stands for, or None."""
    for board in boards():
        if board.name == name:
            probe = {"ST-LINK/V2-1": "v2-1"}.get(board.probe or "", "st-link-v2")
            wiring = Wiring(
                serial=serial_of(name), probe=probe, nrst_wired=board.nrst, hse_hz=board.hse_hz
            )
            return Record(chip=board.chip, board=board.name, wiring=wiring)
    return None


class Store:
    """The boards under a state directory."""

    def __init__(self, state: Path | None = None) -> None:
        self.folder = (state or state_directory()) / "boards"

    def names(self) -> tuple[str, ...]:
        """Every board made so far."""
        if not self.folder.is_dir():
            return ()
        return tuple(
            sorted(path.name for path in self.folder.iterdir() if NAME.fullmatch(path.name))
        )

    def create(self, name: str, record: Record) -> None:
        """Make a board as from the factory. Raises BadBoardName, BoardExists, StateUnwritable."""
        if not NAME.fullmatch(name):
            raise BadBoardName(name)
        if (self.folder / name).exists():
            raise BoardExists(name)
        uid = hashlib.sha256(f"chip {name}".encode()).digest()[:12]
        contents = factory_contents(record.make_chip(), uid, flash_kib=record.size_word_kib)
        with self._writing():
            self.folder.mkdir(parents=True, exist_ok=True)
            draft = Path(tempfile.mkdtemp(prefix=".new-", dir=self.folder))
            try:
                for file, data in contents.items():
                    (draft / file_name(file)).write_bytes(data)
                (draft / LOCK).touch()
                replace_file(draft / RECORD, msgspec.json.encode(record))
                draft.rename(self.folder / name)
            except OSError:
                shutil.rmtree(draft, ignore_errors=True)
                if (self.folder / name).exists():
                    raise BoardExists(name) from None
                raise

    def read(self, name: str) -> Record:
        """What a board is. Raises NoSuchBoard, BoardDamaged."""
        folder = self._folder(name)
        try:
            return msgspec.json.decode((folder / RECORD).read_bytes(), type=Record)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as problem:
            raise BoardDamaged(name, str(folder / RECORD), str(problem)) from problem

    def change(self, name: str, record: Record) -> None:
        """Rewire a board. Raises NoSuchBoard, BoardBusy, StateUnwritable."""
        with self._locked(name), self._writing():
            replace_file(self._folder(name) / RECORD, msgspec.json.encode(record))

    def remove(self, name: str) -> None:
        """Throw a board away, damaged or not. Raises NoSuchBoard, BoardBusy, StateUnwritable."""
        with self._locked(name), self._writing():
            doomed = Path(tempfile.mkdtemp(prefix=".old-", dir=self.folder))
            self._folder(name).rename(doomed / name)
            shutil.rmtree(doomed)

    @contextmanager
    def open(self, name: str) -> Iterator[Kept]:
        """Have a board to oneself; a built-in one is made on first use.

        Raises NoSuchBoard, BoardBusy, BoardDamaged, StateUnwritable.
        """
        self._make_builtin(name)
        with self._locked(name):
            record = self.read(name)
            chip = self._chip(name, record)
            yield Kept(name, record, chip, self._map(name, chip))

    def _make_builtin(self, name: str) -> None:
        record = None if (self.folder / name).exists() else builtin(name)
        if record is not None:
            try:
                self.create(name, record)
            except BoardExists:
                return  # another process was faster

    def _folder(self, name: str) -> Path:
        folder = self.folder / name
        if not NAME.fullmatch(name) or not folder.is_dir():
            raise NoSuchBoard(name, ", ".join(board.name for board in boards()))
        return folder

    def _chip(self, name: str, record: Record) -> Chip:
        try:
            return record.make_chip()
        except SwdflashError as problem:
            raise BoardDamaged(name, RECORD, str(problem)) from problem

    def _map(self, name: str, chip: Chip) -> NonVolatile:
        sizes = {file: len(data) for file, data in factory_contents(chip, bytes(12)).items()}
        return NonVolatile(
            **{file: self._map_file(name, file, size) for file, size in sizes.items()}
        )

    def _map_file(self, name: str, part: str, size: int) -> mmap.mmap:
        path = self._folder(name) / file_name(part)
        try:
            with path.open("r+b") as opened:
                if (found := os.fstat(opened.fileno()).st_size) != size:
                    raise BoardDamaged(name, str(path), f"{found} bytes where {size} belong")
                return mmap.mmap(opened.fileno(), size)
        except OSError as problem:
            raise BoardDamaged(name, str(path), problem.strerror or str(problem)) from problem

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        path = self._folder(name) / LOCK
        with ExitStack() as held:
            with self._writing():
                lock = held.enter_context(path.open("ab"))
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BoardBusy(name) from None
            yield

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as problem:
            raise StateUnwritable(str(self.folder), problem.strerror or str(problem)) from problem


def file_name(part: str) -> str:
    """The file of a part of `NonVolatile`."""
    return part.replace("_", "-") + ".bin"


def replace_file(path: Path, data: bytes) -> None:
    """Replace a file so that, whatever happens, it is the old or the new one. Raises OSError."""
    draft = path.with_name(path.name + ".new")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
