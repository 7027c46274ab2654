"""What can go wrong between a plan and a programmed chip."""

from __future__ import annotations

from dataclasses import dataclass, replace

from swdflash.errors import Exit, Explanation, SwdflashError


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
class NoLoader(FlashingError):
    """The chip is one that this version programs by its ROM bootloader, not over SWD."""

    code = "no-loader"
    exit = Exit.USAGE
    what = "swdflash does not program {chip} over SWD yet, but by the ROM bootloader in it"
    why = "there is no loader for its flash controller; its ROM listens on {interfaces}"
    next = (
        "start its ROM: `swdflash boot rom`, or BOOT0 high at a reset",
        "then the same command over USB: --via dfu:",
        "or over a serial port: --via uart:/dev/ttyUSB0",
    )

    chip: str
    interfaces: str


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

    def explain(self) -> Explanation:
        """The words, with what helps against the error that it was lost by."""
        words, lost_by = super().explain(), self.__cause__
        if not isinstance(lost_by, SwdflashError):
            return words
        steps = lost_by.explain().next
        again = () if any("same command again" in step for step in steps) else words.next[-1:]
        return replace(words, next=(*steps, *again))
