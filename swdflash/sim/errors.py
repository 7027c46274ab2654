"""What can be wrong with a virtual board before anything is plugged into it."""

from __future__ import annotations

from dataclasses import dataclass

from swdflash.errors import Exit, SwdflashError


class BoardError(SwdflashError):
    """A virtual board cannot be had."""

    exit = Exit.NO_PROBE


@dataclass(eq=False)
class NoSuchBoard(BoardError):
    """No virtual board and no built-in board has this name."""

    code = "no-such-board"
    what = "there is no virtual board '{name}'"
    why = "it was never made, and no built-in board is called so: {builtin}"
    next = ("swdflash sim new {name} --board bluepill", "swdflash sim list")

    name: str
    builtin: str


@dataclass(eq=False)
class BoardBusy(BoardError):
    """Another process has the virtual board open: its probe is in use."""

    code = "board-busy"
    what = "the virtual board '{name}' is in use"
    why = "another program has its probe open"
    next = ("end the other program, or wait for it", "swdflash sim new OTHER --board bluepill")

    name: str


@dataclass(eq=False)
class BoardDamaged(BoardError):
    """A virtual board's files are not what a board's files are."""

    code = "board-damaged"
    what = "the virtual board '{name}' cannot be read"
    why = "{file}: {problem}"
    next = ("swdflash sim rm {name}", "swdflash sim new {name} --board bluepill")

    name: str
    file: str
    problem: str


@dataclass(eq=False)
class BoardExists(BoardError):
    """A new virtual board has the name of one that exists."""

    code = "board-exists"
    exit = Exit.USAGE
    what = "there is a virtual board '{name}' already"
    why = "a new board needs a name of its own"
    next = ("swdflash sim set {name} --help", "swdflash sim rm {name}")

    name: str


@dataclass(eq=False)
class BadBoardName(BoardError):
    """A name that could not be a directory's."""

    code = "bad-board-name"
    exit = Exit.USAGE
    what = "'{name}' is no name for a virtual board"
    why = "names are letters, digits, '.', '_' and '-', and begin with a letter or digit"
    next = ("swdflash sim new mybluepill --board bluepill",)

    name: str


@dataclass(eq=False)
class StateUnwritable(BoardError):
    """The directory in which virtual boards live cannot be written."""

    code = "state-unwritable"
    exit = Exit.PERMISSION
    what = "virtual boards cannot be kept in {folder}"
    why = "{problem}"
    next = ("set SWDFLASH_STATE_DIR to a directory that can be written",)

    folder: str
    problem: str


@dataclass(eq=False)
class FirmwareOutsideFlash(BoardError):
    """Firmware for a virtual board has bytes that its flash does not have."""

    code = "firmware-outside-flash"
    exit = Exit.BAD_IMAGE
    what = "the firmware does not fit the flash of {chip}"
    why = "it has bytes at {span}; flash is {flash}"
    next = ("swdflash image FILE --chip {chip}", "swdflash sim new OTHER --chip STM32F103CB")

    span: str
    chip: str
    flash: str


@dataclass(eq=False)
class NoSuchProtection(BoardError):
    """The chip does not have this level of read protection."""

    code = "no-such-protection"
    exit = Exit.USAGE
    what = "{chip} has no read protection level {level}"
    why = "the STM32F1 has levels 0 and 1"
    next = ("--rdp 1",)

    level: int
    chip: str


@dataclass(eq=False)
class NothingSoldered(BoardError):
    """A new virtual board with neither a board's name nor a chip's."""

    code = "no-board-no-chip"
    exit = Exit.USAGE
    what = "what is '{name}' to be?"
    why = "neither --board nor --chip was given"
    next = (
        "swdflash sim new {name} --board bluepill",
        "swdflash sim new {name} --chip STM32F103RC",
    )

    name: str
