"""What can be wrong with a chip's name and with the facts in `targets/`."""

from __future__ import annotations

from dataclasses import dataclass

from swdflash.errors import Exit, SwdflashError


@dataclass(eq=False)
class UnknownChipName(SwdflashError):
    """Nobody sells a part by this name, as far as `targets/` knows."""

    code = "unknown-chip-name"
    exit = Exit.USAGE
    what = "{name} is not a chip that swdflash knows"
    why = "{reason}"
    next = (
        "swdflash targets",
        "give a part number such as STM32F103C8 (or STM32F103x8)",
    )

    name: str
    reason: str


@dataclass(eq=False)
class UnknownBoard(SwdflashError):
    """No board in `targets/boards.toml` has this name."""

    code = "unknown-board"
    exit = Exit.USAGE
    what = "there is no board called {name}"
    why = "the boards known are: {known}"
    next = ("swdflash targets",)

    name: str
    known: str


@dataclass(eq=False)
class BadTargetFile(SwdflashError):
    """A file in `targets/` does not say what it should."""

    code = "bad-target-file"
    exit = Exit.BUG
    what = "{file} cannot be used"
    why = "{problem}"
    next = ("install swdflash again: pip install --force-reinstall swdflash",)

    file: str
    problem: str
