"""What can go wrong between a plan and a programmed chip."""

from __future__ import annotations

from dataclasses import dataclass

from swdflash.errors import Exit, SwdflashError


class FlashingError(SwdflashError):
    """Anything that stops flash from being read, planned for or changed."""


@dataclass(eq=False)
class EraseNeeded(FlashingError):
    """`--erase none`, but cells that are not erased would have to change."""

    code = "erase-needed"
    exit = Exit.REFUSED
    what = "{sectors} sectors cannot be programmed without an erase"
    why = "the first, {start:#010x}, holds other bytes, and programming changes erased cells only"
    next = (
        "leave out `--erase none` to erase just those sectors",
        "see which they are with `swdflash write --dry-run`",
    )

    sectors: int
    start: int


@dataclass(eq=False)
class JournalNotWritten(FlashingError):
    """Bytes that are to survive could not be put in a safe place first."""

    code = "journal-not-written"
    exit = Exit.REFUSED
    what = "nothing was erased: {size} bytes to be kept could not be saved to {path}"
    why = "{reason}"
    next = (
        "free space there, or name another directory in SWDFLASH_STATE_DIR",
        "if nothing on the chip is to be kept, use `--erase chip`",
    )

    path: str
    size: int
    reason: str


@dataclass(eq=False)
class VerifyFailed(FlashingError):
    """Flash does not hold what was programmed."""

    code = "verify-failed"
    exit = Exit.VERIFY_FAILED
    what = "{count} bytes differ; the first, at {address:#010x}, is {got:#04x}, not {expected:#04x}"
    why = "{cause}"
    next = (
        "write again: only sectors that differ are touched",
        "check the supply of the target (3.3 V, steady) and the wires to the probe",
        "see what the chip is with `swdflash info`",
    )

    address: int
    count: int
    expected: int
    got: int
    cause: str


@dataclass(eq=False)
class ProgramFailed(FlashingError):
    """The flash controller refused to program a cell (FLASH_SR.PGERR)."""

    code = "program-failed"
    exit = Exit.VERIFY_FAILED
    what = "the chip refused to program {address:#010x}"
    why = "FLASH_SR.PGERR is set: the cell there is not erased (PM0075 §2.3.3)"
    next = (
        "write again: sectors that differ are then erased first",
        "if it stays, the page may be worn out: try another chip",
        "an erase that leaves bytes behind can be a weak supply: check 3.3 V",
    )

    address: int


@dataclass(eq=False)
class ChangeRefused(FlashingError):
    """The flash controller refused to change a protected page (FLASH_SR.WRPRTERR)."""

    code = "change-refused"
    exit = Exit.PROTECTED
    what = "the chip refused to change {address:#010x}"
    why = "FLASH_SR.WRPRTERR is set: this page is write-protected (PM0075 §2.4.2)"
    next = ("see which pages are protected with `swdflash info`",)

    address: int


@dataclass(eq=False)
class FlashStaysBusy(FlashingError):
    """The flash controller did not finish within many times the datasheet's maximum."""

    code = "flash-stays-busy"
    exit = Exit.NO_ANSWER
    what = "the flash controller stays busy at {address:#010x}"
    why = "FLASH_SR.BSY or LOCK did not clear in many times the datasheet's maximum"
    next = (
        "power the target off and on, then write again",
        "check its supply: flash needs 2.0 to 3.6 V to be changed",
    )

    address: int


@dataclass(eq=False)
class LoaderStopped(FlashingError):
    """The program in the chip's RAM does not go on."""

    code = "loader-stopped"
    exit = Exit.LINK_LOST
    what = "the loader in the chip's RAM stopped working"
    why = "{reason}"
    next = (
        "write again: it goes on where it stopped",
        "if the target was reset or lost power, look for its reset button, watchdog and supply",
    )

    reason: str


@dataclass(eq=False)
class NoRoomForLoader(FlashingError):
    """The chip's RAM is too small for the loader and its ring buffer."""

    code = "no-room-for-loader"
    exit = Exit.REFUSED
    what = "{size} bytes of RAM are too few to flash this {chip}"
    why = "the loader, its ring buffer and its stack need {needed} bytes"
    next = ("see what the chip is with `swdflash info`",)

    chip: str
    size: int
    needed: int


@dataclass(eq=False)
class WriteInterrupted(FlashingError):
    """Ctrl-C while flash was being changed."""

    code = "write-interrupted"
    exit = Exit.INTERRUPTED
    what = "stopped before the end"
    why = "{state}"
    next = ("run the same command again to finish: it touches only what is missing",)

    state: str


@dataclass(eq=False)
class WriteCutShort(FlashingError):
    """The chip or the probe went away while flash was being changed."""

    code = "write-cut-short"
    exit = Exit.LINK_LOST
    what = "the chip was lost in the middle of the work"
    why = "{reason}; {state}"
    next = (
        "check the plug, the wires and the target's supply",
        "run the same command again to finish: it touches only what is missing",
    )

    reason: str
    state: str
