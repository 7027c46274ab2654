"""What can go wrong between a chip's program and its ROM bootloader."""

from __future__ import annotations

from dataclasses import dataclass

from swdflash.errors import Exit
from swdflash.target.errors import TargetError


@dataclass(eq=False)
class NoRomVectors(TargetError):
    """System memory does not begin with a vector table; nothing was changed."""

    code = "no-rom-vectors"
    exit = Exit.REFUSED
    what = "{chip} has no bootloader where it should be"
    why = "system memory begins with {stack:#010x} and {reset:#010x}, which start no program"
    next = (
        "a clone may have another ROM, or none: swdflash info",
        "try the boot pins: swdflash targets {chip}",
    )

    chip: str
    stack: int
    reset: int


@dataclass(eq=False)
class RomNotStarted(TargetError):
    """The core was sent into the ROM bootloader, and did not stay there."""

    code = "rom-not-started"
    exit = Exit.NO_ANSWER
    what = "{chip} did not stay in its ROM bootloader"
    why = "a moment after it was started the core is {running}"
    next = (
        "enter it by the boot pins instead: swdflash targets {chip}",
        "swdflash boot show",
    )

    chip: str
    running: str


@dataclass(eq=False)
class StillInRom(TargetError):
    """The chip was to start its program, and is in its ROM bootloader all the same."""

    code = "still-in-rom"
    exit = Exit.VERIFY_FAILED
    what = "{chip} is still in its ROM bootloader"
    why = "{seen}"
    next = (
        "set BOOT0 to 0 (jumper, button or wire), then press RESET",
        "swdflash boot show",
    )

    chip: str
    seen: str


@dataclass(eq=False)
class NothingToBoot(TargetError):
    """There is no program in flash that the ROM bootloader could start."""

    code = "nothing-to-boot"
    exit = Exit.REFUSED
    what = "{chip} has no program to go back to"
    why = "flash begins with {stack:#010x} and {reset:#010x}: no vector table"
    next = ("swdflash write app.elf --via {via}",)

    chip: str
    stack: int
    reset: int
    via: str


@dataclass(eq=False)
class NoSuchInterface(TargetError):
    """The chip's ROM does not listen on what was named."""

    code = "no-such-rom-interface"
    exit = Exit.USAGE
    what = "the ROM bootloader of {chip} has no {wanted}"
    why = "it listens on {interfaces}"
    next = ("swdflash list", "swdflash targets {chip}")

    chip: str
    wanted: str
    interfaces: str


@dataclass(eq=False)
class NoWayToRom(TargetError):
    """Neither a probe nor USB leads to the chip's ROM, and no serial port was named."""

    code = "no-way-to-rom"
    exit = Exit.NO_PROBE
    what = "nothing was named that leads to the ROM bootloader of {chip}"
    why = "no debug probe is plugged in, and its ROM listens on {interfaces}"
    next = (
        "name the serial port: swdflash boot rom --via uart:PORT",
        "swdflash list",
    )

    chip: str
    interfaces: str


@dataclass(eq=False)
class LinesNotFound(TargetError):
    """No assignment of RTS and DTR to BOOT0 and NRST made the ROM answer."""

    code = "lines-not-found"
    exit = Exit.NO_ANSWER
    what = "RTS and DTR of {via} do not lead to BOOT0 and NRST, as far as can be found out"
    why = "{count} assignments were tried: {heard}"
    next = (
        "check the wires: one of RTS and DTR to NRST, the other to BOOT0; TX and RX crossed, GND",
        "by hand: swdflash boot rom --via {via}",
    )

    via: str
    count: int
    heard: str
