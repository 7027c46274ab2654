"""A board on the bench: commands typed at it, and its own memory asked what came of them."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from swdflash.chips.chip import Chip
from swdflash.cli.main import run
from swdflash.sim.store import Store, file_name
from swdflash.sim.unpowered import erase_counts, flash_contents

NAME = "bench"


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    exit: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout."""
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def error(self) -> dict[str, Any]:
        """What went wrong."""
        found: dict[str, Any] = self.document["error"]
        return found


def command(*argv: str) -> Outcome:
    """Run a command line in this process."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err):
        code = run(argv)
    return Outcome(code, _text(out), _text(err))


def _text(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


@contextmanager
def surroundings(folder: Path) -> Iterator[None]:
    """Commands find their state, and no configuration, below `folder`."""
    own = {
        "SWDFLASH_STATE_DIR": str(folder / "state"),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "SWDFLASH_PROGRESS": "none",
    }
    foreign = [name for name in os.environ if name.startswith("SWDFLASH_")]
    before = Path.cwd()
    with mock.patch.dict(os.environ):
        for name in foreign:
            del os.environ[name]
        os.environ.update(own)
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


@dataclass(frozen=True)
class Memory:
    """All that outlives the power: the chip's cells, their wear, the journals on disk."""

    flash: bytes
    options: bytes  # the information block: system memory, option bytes, size, UID
    erased: tuple[int, ...]  # how often, by sector
    journals: tuple[tuple[str, bytes], ...]

    @property
    def digest(self) -> bytes:
        """Of what the next command finds; wear is nothing that it could see."""
        parts = (self.flash, self.options, *(part for _, part in self.journals))
        return hashlib.sha256(b"".join(parts)).digest()

    def erased_since(self, before: Memory) -> set[int]:
        """Indices of the sectors that were erased."""
        pairs = zip(before.erased, self.erased, strict=True)
        return {index for index, (was, now) in enumerate(pairs) if was != now}


class Bench:
    """The virtual board `bench` below SWDFLASH_STATE_DIR."""

    via = f"sim:{NAME}"

    def __init__(self, *soldered: str) -> None:
        """`soldered` is what `swdflash sim new` is told."""
        made = command("sim", "new", NAME, *soldered)
        assert made.exit == 0, made.err
        self.state = Path(os.environ["SWDFLASH_STATE_DIR"])
        self._store = Store(self.state)

    @property
    def chip(self) -> Chip:
        """What is soldered on."""
        return self._store.read(NAME).make_chip()

    @property
    def memory(self) -> Memory:
        """As it is now, asked of nobody in between."""
        with self._store.open(NAME) as kept:
            return Memory(
                flash=flash_contents(kept),
                options=bytes(kept.nonvolatile.information_block),
                erased=tuple(erase_counts(kept)),
                journals=tuple((path.name, path.read_bytes()) for path in self._journals()),
            )

    @memory.setter
    def memory(self, wanted: Memory) -> None:
        with self._store.open(NAME) as kept:
            kept.nonvolatile.flash[: len(wanted.flash)] = wanted.flash
            kept.nonvolatile.information_block[:] = wanted.options
            counts = b"".join(count.to_bytes(4, "little") for count in wanted.erased)
            kept.nonvolatile.erase_counts[: len(counts)] = counts
        for path in self._journals():
            path.unlink()
        for name, content in wanted.journals:
            (self.state / "journals" / name).write_bytes(content)

    @property
    def flash_under_way(self) -> bytes:
        """Flash as it is while a command has the board."""
        return (self._store.folder / NAME / file_name("flash")).read_bytes()

    def fill(self, flash: bytes) -> Memory:
        """Put bytes into flash as the factory would; what the board holds then."""
        with self._store.open(NAME) as kept:
            kept.nonvolatile.flash[: len(flash)] = flash
        return self.memory

    def _journals(self) -> list[Path]:
        folder = self.state / "journals"
        return sorted(folder.iterdir()) if folder.is_dir() else []
