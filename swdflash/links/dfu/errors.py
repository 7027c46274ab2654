"""What can go wrong between swdflash and a chip's USB bootloader."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from swdflash.errors import Exit, Explanation
from swdflash.links.errors import LinkError, LinkLost, NoAnswer, ProbeBusy
from swdflash.links.flash_errors import FlashRefused, ProgramFailed

INTO_ROM = "put the chip into its bootloader: BOOT0 high (jumper or button), then reset it"
SAME_AGAIN = "give the same command again: it goes on from what is on the chip"


@dataclass(eq=False)
class NoDfuDevice(LinkError):
    """No chip in DFU mode is plugged in, or not the one that was named."""

    code = "no-dfu-device"
    exit = Exit.NO_PROBE
    what = "no chip in DFU mode was found"
    why = "looked for {looked_for}, and {seen}"
    next = (
        "swdflash boot rom",
        "or by hand: " + INTO_ROM,
        "check the cable: many have no data wires; most F4 need their crystal for USB, too",
        "swdflash list",
    )

    looked_for: str
    seen: str = "there is none on USB"


@dataclass(eq=False)
class SeveralDfuDevices(LinkError):
    """More than one chip in DFU mode fits, and none was chosen."""

    code = "several-dfu-devices"
    exit = Exit.USAGE
    what = "several chips in DFU mode are plugged in"
    why = "{looked_for} fits {count} of them"
    next = ("name one of them: --via dfu:SERIAL, or by its socket: --via 'dfu:?path=1-4'",)

    looked_for: str
    candidates: Mapping[str, str]  # way → product and socket
    count: int = field(init=False)

    def __post_init__(self) -> None:
        self.count = len(self.candidates)

    def explain(self) -> Explanation:
        """The words, with a ready-made option for each candidate."""
        choices = tuple(
            f"--via {shlex.quote(way)}    # {product}" for way, product in self.candidates.items()
        )
        return replace(super().explain(), next=choices)


@dataclass(eq=False)
class NotStRom(LinkError):
    """A device answers DFU, but is not ST's bootloader or one like it; nothing was written."""

    code = "not-st-rom"
    exit = Exit.NO_PROBE
    what = "{device} is not ST's bootloader"
    why = "{detail}"
    next = (
        "if this is an STM32 that runs somebody's own bootloader: " + INTO_ROM,
        "else use the tool of its maker",
    )

    device: str
    detail: str


@dataclass(eq=False)
class NotInDfuMode(LinkError):
    """Firmware runs that could be told to make way for a DFU mode; swdflash does not do that."""

    code = "not-in-dfu-mode"
    exit = Exit.NO_PROBE
    what = "{device} runs its firmware, not its bootloader"
    why = "its DFU interface is the one of run-time mode ({detail})"
    next = (INTO_ROM, "dfu-util --detach")

    device: str
    detail: str


@dataclass(eq=False)
class DfuBusy(ProbeBusy):
    """Another program has the chip's DFU interface."""

    code = "dfu-busy"
    what = "{probe} is in use"
    why = "another program has its DFU interface: {detail}"
    next = (
        "close what uses it: `dfu-util`, STM32CubeProgrammer, a page in a browser",
        "swdflash list",
    )


class TransferFailed(LinkError):
    """One USB transfer failed; `passing` is whether another try may do."""

    passing: bool = True


@dataclass(eq=False)
class DfuGone(TransferFailed, LinkLost):
    """The chip is not on USB any more."""

    passing = False

    code = "dfu-gone"
    exit = Exit.LINK_LOST
    what = "the chip in DFU mode went away"
    why = "{detail}"
    next = (
        "plug it in again (another cable or port, if it happens often), in its bootloader: BOOT0",
        "then " + SAME_AGAIN,
    )


@dataclass(eq=False)
class DfuGarbled(TransferFailed, LinkLost):
    """USB transfers fail, though the chip is still there."""

    code = "dfu-transfers-fail"
    exit = Exit.LINK_LOST
    what = "USB transfers to the bootloader fail"
    why = "{detail}"
    next = ("try another cable, another port, or a hub between (AN2606 asks for one)", SAME_AGAIN)


@dataclass(eq=False)
class DfuSilent(TransferFailed, NoAnswer):
    """The chip is on USB, but its bootloader does not answer in time."""

    code = "dfu-silent"
    exit = Exit.NO_ANSWER
    what = "the bootloader does not answer"
    why = "{detail}"
    next = ("reset the chip, or unplug it and plug it in again, with BOOT0 high", SAME_AGAIN)


@dataclass(eq=False)
class DfuStalled(TransferFailed):
    """The bootloader refused a request at once (STALL)."""

    code = "dfu-stalled"
    exit = Exit.NO_ANSWER
    what = "the bootloader refuses a request"
    why = "{detail}"
    next = ("reset the chip, or unplug it and plug it in again, with BOOT0 high", SAME_AGAIN)

    detail: str


@dataclass(eq=False)
class DfuNonsense(TransferFailed):
    """What the device answered is not what DFU 1.1 has."""

    code = "dfu-nonsense"
    exit = Exit.NO_ANSWER
    what = "the bootloader answers what makes no sense"
    why = "{detail}"
    next = ("unplug the chip and plug it in again, with BOOT0 high", SAME_AGAIN)

    detail: str


@dataclass(eq=False)
class DfuStuck(LinkError):
    """The bootloader cannot be brought back to where it takes requests, not even by a USB reset."""

    code = "dfu-stuck"
    exit = Exit.NO_ANSWER
    what = "the bootloader is stuck"
    why = "it stays in {state}, through CLRSTATUS, ABORT and a USB reset"
    next = ("reset the chip, or unplug it and plug it in again, with BOOT0 high", SAME_AGAIN)

    state: str


@dataclass(eq=False)
class DfuStaysBusy(LinkError):
    """The bootloader takes far longer than the chip's datasheet gives it."""

    code = "dfu-stays-busy"
    exit = Exit.NO_ANSWER
    what = "the bootloader does not finish {task}"
    why = "it is still busy after {seconds:.1f} s, many times what the datasheet says"
    next = ("take the chip's power away, give it back with BOOT0 high", SAME_AGAIN)

    task: str
    seconds: float


@dataclass(eq=False)
class DfuRefused(LinkError):
    """The bootloader did not do what it was asked to, and said why."""

    code = "dfu-refused"
    exit = Exit.NO_ANSWER
    what = "the bootloader refuses {task}"
    why = "it says {status}"
    next = ("`swdflash info` shows where this chip has memory", SAME_AGAIN)

    task: str
    status: str


@dataclass(eq=False)
class DfuProtected(LinkError):
    """Read protection is on: the bootloader neither reads nor changes memory."""

    code = "dfu-protected"
    exit = Exit.PROTECTED
    what = "the chip is read-protected"
    why = "the bootloader refuses {task} (errVENDOR), as ST's does under read protection (AN3156)"
    next = ("taking the protection off erases all of flash: `swdflash unprotect`",)

    task: str


@dataclass(eq=False)
class DfuProgramFailed(ProgramFailed):
    """Flash does not take what is written, though the bootloader tried."""

    code = "dfu-program-failed"
    why = "{detail}"
    next = (
        "write again: sectors that differ are then erased first",
        "if it stays, the sector may be write-protected: `swdflash info`",
        "or it is worn out: try another chip",
    )

    detail: str


@dataclass(eq=False)
class DfuEraseFailed(FlashRefused):
    """The bootloader did not erase a sector."""

    code = "dfu-erase-failed"
    exit = Exit.VERIFY_FAILED
    what = "the bootloader did not erase {address:#010x}"
    why = "{detail}"
    next = (
        "the sector may be write-protected: `swdflash info`",
        "or the supply is too weak: flash needs 2.7 V at least to be erased in time",
    )

    address: int
    detail: str


@dataclass(eq=False)
class LayoutMisfit(FlashRefused):
    """What is to be changed is not laid out as the bootloader says; nothing was changed."""

    code = "dfu-layout-misfit"
    exit = Exit.USAGE
    what = "nothing was changed: the bootloader does not let {span} be {done}"
    why = "it declares {declared}"
    next = (
        "`swdflash info` shows the chip; is this its own bootloader, and not one in its flash?",
        "name the chip, if it was taken for another: --chip",
    )

    span: str
    done: str  # erased, programmed
    declared: str
