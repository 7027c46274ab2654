"""What can be wrong with a chip's name and with the facts in `targets/`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from swdflash.errors import Exit, SwdflashError


@dataclass(eq=False)
class UnknownChipName(SwdflashError):
    """Nobody sells a part by this name, as far as `targets/` knows."""

    code: ClassVar = "unknown-chip-name"
    exit: ClassVar = Exit.USAGE
    what: ClassVar = "{name} is not a chip that swdflash knows"
    why: ClassVar = "{reason}"
    next: ClassVar = (
        "swdflash targets",
        "give a part number such as STM32F103C8 (or STM32F103x8)",
    )

    name: str
    reason: str


@dataclass(eq=False)
class UnknownBoard(SwdflashError):
    """No board in `targets/boards.toml` has this name."""

    code: ClassVar = "unknown-board"
    exit: ClassVar = Exit.USAGE
    what: ClassVar = "there is no board called {name}"
    why: ClassVar = "the boards known are: {known}"
    next: ClassVar = ("swdflash targets",)

    name: str
    known: str


@dataclass(eq=False)
class BadTargetFile(SwdflashError):
    """A file in `targets/` does not say what it should."""

    code: ClassVar = "bad-target-file"
    exit: ClassVar = Exit.BUG
    what: ClassVar = "{file} cannot be used"
    why: ClassVar = "{problem}"
    next: ClassVar = ("install swdflash again: pip install --force-reinstall swdflash",)

    file: str
    problem: str
