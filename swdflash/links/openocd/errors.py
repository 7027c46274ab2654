"""What can go wrong with OpenOCD itself, as against the probe and the chip behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from swdflash.errors import Exit, Explanation, SwdflashError
from swdflash.links.errors import LinkError


@dataclass(eq=False)
class OpenocdMissing(LinkError):
    """The program `openocd` is not there, or cannot be run."""

    code = "openocd-missing"
    exit = Exit.NO_PROBE
    what = "OpenOCD cannot be run"
    why = "{program}: {reason}"
    next = (
        "install it: sudo apt install openocd",
        'name it in swdflash.toml: openocd.path = "/opt/openocd/bin/openocd"',
        "or use the other engine: --engine pyocd",
    )

    program: str
    reason: str


@dataclass(eq=False)
class OpenocdTooOld(LinkError):
    """The OpenOCD that was found lacks what swdflash needs."""

    code = "openocd-too-old"
    exit = Exit.NO_PROBE
    what = "{program} is too old"
    why = "it is OpenOCD {found}, and swdflash needs {needed} or later"
    next = (
        "install a newer one; xPack and MSYS2 have builds for most systems",
        "or use the other engine: --engine pyocd",
    )

    program: str
    found: str
    needed: str


@dataclass(eq=False)
class OpenocdNotStarted(LinkError):
    """OpenOCD ended, or fell silent, before it could be talked to."""

    code = "openocd-not-started"
    exit = Exit.NO_PROBE
    what = "OpenOCD did not start"
    why = "{detail}"
    next = (
        "check the configuration files that it was given (`-v` shows the command)",
        "or use the other engine: --engine pyocd",
    )

    detail: str


@dataclass(eq=False)
class OpenocdGone(LinkError):
    """OpenOCD ended or fell silent while it was in use; where it was ours, it was ended."""

    code = "openocd-gone"
    exit = Exit.LINK_LOST
    what = "OpenOCD {happened}"
    why = "{detail}"
    next = (
        "give the same command again: it goes on from what is on the chip",
        "if it stays, use the other engine: --engine pyocd",
    )

    happened: str
    detail: str


@dataclass(eq=False)
class OpenocdNotThere(LinkError):
    """No OpenOCD answers where a running one was to be joined."""

    code = "openocd-not-there"
    exit = Exit.NO_PROBE
    what = "no OpenOCD answers at {address}"
    why = "{reason}"
    next = (
        "start one there; its TCL port is 6666 unless `tcl_port` says otherwise",
        "or let swdflash start one: --via openocd:interface/stlink.cfg",
    )

    address: str
    reason: str


@dataclass(eq=False)
class NoInterfaceConfig(LinkError):
    """It is not known which of OpenOCD's interface configurations fits the probe."""

    code = "openocd-interface-unknown"
    exit = Exit.USAGE
    what = "OpenOCD needs to be told how to drive {probe}"
    why = "{reason}"
    next = (
        "name a configuration: --via openocd:interface/ftdi/my.cfg",
        "ls /usr/share/openocd/scripts/interface",
    )

    probe: str
    reason: str
    candidates: Sequence[str] = ()  # configurations of boards that look alike

    def explain(self) -> Explanation:
        """The words, with a ready-made option for each candidate."""
        words = super().explain()
        choices = tuple(f"--via openocd:{file}" for file in self.candidates)
        return replace(words, next=(*choices, *words.next))


@dataclass(eq=False)
class TargetConfigMisfit(SwdflashError):
    """OpenOCD was configured for another chip than the one that answers."""

    code = "openocd-target-misfit"
    exit = Exit.USAGE
    what = "OpenOCD's target configuration does not fit the {chip}"
    why = "{reason}"
    next = (
        "leave --openocd-target out: swdflash then chooses it",
        "name the right one: --openocd-target target/stm32f1x.cfg",
        "or use the other engine: --engine pyocd",
    )

    chip: str
    reason: str
