"""What can go wrong between swdflash and a chip, in words. No engine is imported here."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from swdflash.errors import Exit, Explanation, SwdflashError


class LinkError(SwdflashError):
    """The chip could not be reached, or not any more."""


@dataclass(eq=False)
class BadVia(LinkError):
    """The way to the chip is not written as METHOD:PLACE."""

    code = "bad-via"
    exit = Exit.USAGE
    what = "`--via {via}` names no way to a chip"
    why = "{reason}"
    next = (
        "write METHOD:PLACE, such as pyocd:066DFF535554 or sim:bluepill, or `auto`",
        "swdflash list",
    )

    via: str
    reason: str


@dataclass(eq=False)
class UnknownMethod(LinkError):
    """The METHOD of a way is none that swdflash knows."""

    code = "unknown-method"
    exit = Exit.USAGE
    what = "`{method}` is no method of reaching a chip"
    why = "the methods are {known}"
    next = ("swdflash list",)

    method: str
    known: str


@dataclass(eq=False)
class NotOffered(LinkError):
    """The link cannot do what was asked, whatever the chip."""

    code = "not-offered"
    exit = Exit.USAGE
    what = "this link cannot {verb}"
    why = "{probe} {reason}"
    next = ("try another probe: `swdflash list`",)

    verb: str
    probe: str
    reason: str


@dataclass(eq=False)
class EngineMissing(LinkError):
    """A Python package that the link rests on cannot be imported."""

    code = "engine-missing"
    exit = Exit.NO_PROBE
    what = "{package} cannot be imported"
    why = "{reason}"
    next = ("install swdflash again, with what it needs: pip install --force-reinstall swdflash",)

    package: str
    reason: str


@dataclass(eq=False)
class NoProbe(LinkError):
    """No probe is plugged in, or not the one that was named."""

    code = "no-probe"
    exit = Exit.NO_PROBE
    what = "no debug probe was found"
    why = "looked for {looked_for}, and {seen}"
    next = (
        "plug the probe in; `lsusb` shows whether the computer sees it",
        "swdflash list",
        "no probe, but USB of the chip's own? BOOT0 high, RESET, then the same command again",
        "no board at hand? try a virtual one: --via sim:bluepill",
    )

    looked_for: str
    seen: str = "there is none on USB"


@dataclass(eq=False)
class SeveralProbes(LinkError):
    """More than one probe is plugged in, and none was chosen."""

    code = "several-probes"
    exit = Exit.USAGE
    what = "several debug probes are plugged in"
    why = "`--via auto` takes the only one there is; here are {count}"
    next = ("name one of them: --via pyocd:SERIAL (`swdflash list` shows the serials)",)

    candidates: Mapping[str, str]  # way → product
    count: int = field(init=False)

    def __post_init__(self) -> None:
        self.count = len(self.candidates)

    def explain(self) -> Explanation:
        """The words, with a ready-made option for each candidate."""
        choices = tuple(
            f"--via {shlex.quote(via)}    # {product}" for via, product in self.candidates.items()
        )
        return replace(super().explain(), next=choices)


@dataclass(eq=False)
class SameSerials(LinkError):
    """Several probes are plugged in that say the same serial number, as copies do."""

    code = "same-serials"
    exit = Exit.USAGE
    what = "several debug probes say the serial number {serial}"
    why = "nothing tells them apart but their sockets: USB {paths}"
    next = ("unplug all of them but one", "swdflash list")

    serial: str
    paths: str
    ways: tuple[str, ...] = ()  # that name one of them by its socket, where the engine can

    def explain(self) -> Explanation:
        """The words, with a ready-made option for each of them that can be named."""
        words = super().explain()
        choices = tuple(f"--via {shlex.quote(way)}" for way in self.ways)
        return replace(words, next=(*choices, *words.next))


@dataclass(eq=False)
class ProbeBusy(LinkError):
    """Another program holds the probe."""

    code = "probe-busy"
    exit = Exit.NO_PROBE
    what = "the probe {probe} is in use"
    why = "another program has claimed it: {detail}"
    next = (
        "close what uses it: an IDE's debugger, `openocd`, `pyocd gdbserver`, `st-util`",
        "swdflash list",
    )

    probe: str
    detail: str


@dataclass(eq=False)
class NoPermission(LinkError):
    """The operating system does not let this user open the probe."""

    code = "no-permission"
    exit = Exit.PERMISSION
    what = "no permission to open {device}"
    why = "this user may not read and write it: {detail}"
    next = (
        "swdflash udev install",
        "swdflash doctor",
        "or, this once, run swdflash as root",
    )

    device: str
    detail: str


@dataclass(eq=False)
class ProbeFailed(LinkError):
    """The probe itself refused or failed, and said why."""

    code = "probe-failed"
    exit = Exit.NO_PROBE
    what = "the probe {probe} failed"
    why = "{detail}"
    next = (
        "unplug the probe and plug it in again",
        "bring its firmware up to date with its maker's tool (ST: STSW-LINK007)",
    )

    probe: str
    detail: str


@dataclass(eq=False)
class ClockTooSlow(LinkError):
    """The SWD clock that was asked for is below what the probe can do."""

    code = "clock-too-slow"
    exit = Exit.USAGE
    what = "{probe} cannot clock SWD at {hz} Hz"
    why = "its slowest clock is {slowest} Hz"
    next = ("ask for that one: --clock {slowest}",)

    probe: str
    hz: int
    slowest: int


@dataclass(eq=False)
class NoTargetVoltage(LinkError):
    """The target's supply, as the probe measures it at VTref, is far too low."""

    code = "no-target-voltage"
    exit = Exit.NO_ANSWER
    what = "the target has no power"
    why = "the probe measures {volts:.2f} V at VTref"
    next = (
        "power the board: most probes only measure its supply, they do not feed it",
        "check the wire from the board's 3.3 V to the probe's VTref (VAPP) pin, and GND",
    )

    volts: float


@dataclass(eq=False)
class NoAnswer(LinkError):
    """The probe works, but no chip answers on SWD."""

    code = "no-answer"
    exit = Exit.NO_ANSWER
    what = "the target does not answer on SWD"
    why = "{detail}"
    next: ClassVar[tuple[str, ...]] = (
        "check SWDIO, SWCLK and GND, and that the board has power",
        "swdflash diagnose",
        "long wires? try a slower clock: --clock 100k",
    )

    detail: str


@dataclass(eq=False)
class BusWaits(NoAnswer):
    """The debug port answers, the chip's bus behind it does not: WAIT for ever."""

    code = "bus-waits"
    what = "the debug port answers, but the chip's memory does not"
    next = (
        "the core may sleep with its clock off: swdflash diagnose",
        "connect the probe's NRST wire, or hold RESET: swdflash recover",
        "long wires? try a slower clock: --clock 100k",
    )


@dataclass(eq=False)
class CoreWillNotHalt(LinkError):
    """Debug registers answer, but the core does not enter debug state."""

    code = "core-will-not-halt"
    exit = Exit.NO_ANSWER
    what = "the core does not halt"
    why = "DHCSR reads {dhcsr:#010x} {seconds:g} s after C_HALT was set"
    next = ("swdflash reset --hard --halt", "check that NRST is not held low")

    dhcsr: int
    seconds: float


@dataclass(eq=False)
class TransferFault(LinkError):
    """The chip's bus answered a memory access with a fault."""

    code = "bus-fault"
    exit = Exit.NO_ANSWER
    what = "the chip refuses access at {address:#010x}"
    why = "{detail}"
    next = (
        "`swdflash info` shows where this chip has memory",
        "a peripheral answers only while its clock is on (RCC), and flash not when protected",
    )

    address: int
    detail: str


@dataclass(eq=False)
class LinkLost(LinkError):
    """The probe went away while it was in use."""

    code = "link-lost"
    exit = Exit.LINK_LOST
    what = "the probe was lost"
    why = "{detail}"
    next: ClassVar[tuple[str, ...]] = (
        "plug the probe in again (another cable or port, if it happens often)",
        "then give the same command again: it goes on from what is on the chip",
    )

    detail: str


@dataclass(eq=False)
class Timeout(LinkError):
    """Something took longer than it may."""

    code = "timeout"
    exit = Exit.NO_ANSWER
    what = "gave up waiting"
    why = "{detail}"
    next = ("wait longer: --timeout 30", "try a slower clock: --clock 100k")

    detail: str


@dataclass(eq=False)
class EngineFailed(LinkError):
    """The engine under the link failed in a way that it should not."""

    code = "engine-failed"
    exit = Exit.BUG
    what = "{engine} failed"
    why = "{detail}"
    next = ("give the same command with `--record bug.jsonl`, and report it with that file",)

    engine: str
    detail: str


@dataclass(eq=False)
class BadRecording(LinkError):
    """A file is no recording that this version can play back."""

    code = "bad-recording"
    exit = Exit.USAGE
    what = "{path} is no recording"
    why = "line {line}: {detail}"
    next = ("make one: swdflash write … --record FILE",)

    path: str
    line: int
    detail: str


@dataclass(eq=False)
class CannotRecord(LinkError):
    """The file for the recording cannot be written."""

    code = "cannot-record"
    exit = Exit.USAGE
    what = "cannot record to {path}"
    why = "{detail}"
    next = ("choose a file in a folder that you may write to",)

    path: str
    detail: str


@dataclass(eq=False)
class ReplayStrays(LinkError):
    """What was asked of the link is not what was asked when it was recorded."""

    code = "replay-strays"
    exit = Exit.LINK_LOST
    what = "{path}, line {line}: this run does not do what the recorded one did"
    why = "the recording expects {expected}, but got {got}"
    next = ("play it back with the version and the files that it was made with",)

    path: str
    line: int
    expected: str
    got: str
