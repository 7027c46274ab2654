"""What can be wrong with the chip that answers."""

from __future__ import annotations

from dataclasses import dataclass

from swdflash.errors import Exit, SwdflashError


def with_openocd(command: str) -> str:
    """The shell command that gives OpenOCD one of its own; `{target}` is its name for the chip."""
    files = "-f interface/stlink.cfg -f target/{target}.cfg"
    return f'openocd {files} -c "init; reset halt; {command}; reset halt; shutdown"'


class TargetError(SwdflashError):
    """The chip answers, but not as it should for what was asked."""


@dataclass(eq=False)
class UnknownChip(TargetError):
    """What answers is none of the chips that swdflash knows; nothing was changed."""

    code = "unknown-chip"
    exit = Exit.REFUSED
    what = "the chip that answers is not one that swdflash knows"
    why = "{reason} (CPUID {cpuid:#010x}, DBGMCU_IDCODE {idcode:#010x}, DPIDR {dpidr:#010x})"
    next = (
        "swdflash targets",
        "vouch for a Cortex-M3 clone that is programmed like an STM32F1: --chip STM32F103C8",
    )

    reason: str
    cpuid: int
    idcode: int
    dpidr: int


@dataclass(eq=False)
class UnknownRom(TargetError):
    """The ROM bootloader that answers is of none of the chips that swdflash knows."""

    code = "unknown-rom"
    exit = Exit.REFUSED
    what = "the ROM bootloader that answers is of a chip that swdflash cannot program"
    why = "it is of {chip}, by {by}"
    next = (
        "swdflash targets",
        "vouch for a part that is programmed like one of these: --chip STM32F103C8",
    )

    chip: str
    by: str


@dataclass(eq=False)
class OutOfRomsReach(TargetError):
    """The ROM bootloader must not be asked for this address; it was not."""

    code = "out-of-roms-reach"
    exit = Exit.USAGE
    what = "the ROM bootloader of {chip} cannot be asked for {start:#010x}..{end:#010x}"
    why = "it gives {known}; a bad address makes it take what follows for a command"
    next = ("read it over SWD: --via pyocd:SERIAL (`swdflash list` shows the probes)",)

    start: int
    end: int
    chip: str
    known: str


@dataclass(eq=False)
class UnknownLayout(TargetError):
    """What answers in DFU mode has flash that no ROM of a known chip has; nothing was changed."""

    code = "unknown-dfu-layout"
    exit = Exit.REFUSED
    what = "what answers in DFU mode is not the ROM bootloader of a chip that swdflash knows"
    why = "it declares {declared}: firmware that speaks DFU itself, or the ROM of another STM32"
    next = (
        "put the chip into ST's own bootloader: BOOT0 high (jumper or button), then reset it",
        "swdflash targets",
        "firmware's own bootloader takes images by its maker's tool, or by dfu-util",
    )

    declared: str


@dataclass(eq=False)
class NeedsDebugPort(TargetError):
    """What was asked for takes a debug port; the way leads to the ROM bootloader."""

    code = "needs-debug-port"
    exit = Exit.USAGE
    what = "{command} takes a debug port, and {via} leads to the ROM bootloader"
    why = "the ROM reads, erases, writes and starts programs, no more (AN3155, AN3156)"
    next = (
        "name a probe: --via pyocd:SERIAL (`swdflash list` shows them)",
        "swdflash boot flash --via {via}",
    )

    command: str
    via: str


@dataclass(eq=False)
class CloneRefused(TargetError):
    """A clone whose flash is known to differ from ST's; nothing was changed."""

    code = "clone-refused"
    exit = Exit.REFUSED
    what = "this is a {name}, not an STM32"
    why = "{note}"
    next = ("use the tool of its maker ({maker})",)

    name: str
    maker: str
    note: str


@dataclass(eq=False)
class AnotherChip(TargetError):
    """The chip that answers is not the one that was named; nothing was changed."""

    code = "another-chip"
    exit = Exit.REFUSED
    what = "the chip that answers is not {named}"
    why = "it is {found} (DEV_ID {dev_id:#05x}); {named} has DEV_ID {named_dev_id:#05x}"
    next = ("leave out `--chip`", "check which board is connected: swdflash info")

    named: str
    named_dev_id: int
    found: str
    dev_id: int


@dataclass(eq=False)
class ReadProtected(TargetError):
    """Read protection is on: flash can be neither read nor written by a debugger."""

    code = "read-protected"
    exit = Exit.PROTECTED
    what = "{chip} is read-protected"
    why = "its option bytes are set so: flash can be neither read nor changed from outside"
    next = ("swdflash unprotect  (erases all of flash; says so, and asks)",)

    chip: str


@dataclass(eq=False)
class StillProtected(TargetError):
    """Read protection was taken off, and is still in force after a reset."""

    code = "still-protected"
    exit = Exit.PROTECTED
    what = "{chip} is still read-protected"
    why = "its option bytes were changed, but after a reset it says the same as before"
    next = ("take the board's power away, give it back, and run `swdflash unprotect` again",)

    chip: str


@dataclass(eq=False)
class PagesWriteProtected(TargetError):
    """Pages that are to be changed are write-protected by option bytes; seen before any change."""

    code = "pages-write-protected"
    exit = Exit.PROTECTED
    what = "flash at {start:#010x}..{end:#010x} is write-protected"
    why = "write protection ({register}) reads {wrpr:#010x}; each 0 protects {pages} sector(s)"
    next = (
        "link the program for the part of flash that is free",
        "or take the protection off; with an ST-Link: "
        + with_openocd("flash protect 0 0 last off"),
    )

    start: int
    end: int
    wrpr: int
    pages: int
    register: str = "FLASH_WRPR"
    target: str = "stm32f1x"


@dataclass(eq=False)
class ResetNotCaught(TargetError):
    """The core was reset but did not stop at its reset vector."""

    code = "reset-not-caught"
    exit = Exit.NO_ANSWER
    what = "the core did not stop at its reset vector"
    why = "DHCSR reads {dhcsr:#010x} and DFSR {dfsr:#010x}, {seconds:g} s after the reset"
    next = (
        "swdflash reset --hard --halt",
        "check that NRST is not held low, and that nothing else debugs the chip",
    )

    dhcsr: int
    dfsr: int
    seconds: float


@dataclass(eq=False)
class UnknownDbgmcuBit(TargetError):
    """DBGMCU_CR of this chip has no such bit; nothing was changed."""

    code = "unknown-dbgmcu-bit"
    exit = Exit.USAGE
    what = "'{name}' is no bit of DBGMCU_CR"
    why = "{reason}"
    next = ("these are known: {known}", "swdflash dbgmcu show")

    name: str
    reason: str
    known: str


@dataclass(eq=False)
class DbgmcuNotTaken(TargetError):
    """Bits of DBGMCU_CR read back otherwise than they were written."""

    code = "dbgmcu-not-taken"
    exit = Exit.REFUSED
    what = "DBGMCU_CR does not keep {names}"
    why = "it reads {value:#010x} after the write: {chip} does not have them, or firmware undoes it"
    next = (
        "if firmware undoes it: swdflash dbgmcu set BIT --under-reset",
        "a chip without that timer has no bit for it: swdflash dbgmcu show",
    )

    names: str
    chip: str
    value: int
