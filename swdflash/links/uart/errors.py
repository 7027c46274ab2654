"""What can go wrong with a serial port, and with whatever is at the other end of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from swdflash.errors import Exit, Explanation
from swdflash.links.errors import LinkError, LinkLost, NoAnswer, NoPermission


@dataclass(eq=False)
class NoPort(LinkError):
    """There is no such serial port."""

    code = "no-port"
    exit = Exit.NO_PROBE
    what = "there is no serial port {port}"
    why = "{detail}"
    next = (
        "plug the adapter in; `swdflash list` shows the ports that are there",
        "wait for it to appear: --timeout 30",
    )

    port: str
    detail: str


@dataclass(eq=False)
class PortBusy(LinkError):
    """Another program has the serial port open for itself."""

    code = "port-busy"
    exit = Exit.NO_PROBE
    what = "the serial port {port} is in use"
    why = "another program has it: {detail}"
    next = (
        "close what uses it: a terminal program, a serial monitor, ModemManager",
        "see who has it open: fuser -v {port}",
        "swdflash list",
    )

    port: str
    detail: str


@dataclass(eq=False)
class PortDenied(NoPermission):
    """The operating system does not let this user open the serial port."""

    code = "port-denied"
    what = "no permission to open the serial port {device}"
    next = (
        "join its group, then log out and in again: sudo usermod -aG {group} $USER",
        "swdflash doctor",
        "or, this once, run swdflash as root",
    )

    group: str = "dialout"


@dataclass(eq=False)
class PortRefuses(LinkError):
    """The serial port does not take a setting that the ROM bootloader needs."""

    code = "port-refuses"
    exit = Exit.USAGE
    what = "the serial port {port} cannot be set up for the ROM bootloader"
    why = "it takes 8 data bits, even parity and one stop bit (AN3155): {detail}"
    next = (
        "try a rate that every adapter knows: --via 'uart:{port}?baud=115200'",
        "try another adapter",
    )

    port: str
    detail: str


@dataclass(eq=False)
class PortLost(LinkLost):
    """The serial port went away while it was in use."""

    code = "port-lost"
    what = "the serial port {port} was lost"
    why = "{detail}"
    next = (
        "plug the adapter in again, and see that nothing else reads from the port",
        "reset the board with BOOT0 high, then give the same command again: it goes on",
    )

    port: str


@dataclass(eq=False)
class RomSilent(NoAnswer):
    """Nothing answers on the serial port."""

    code = "rom-silent"
    what = "no ROM bootloader answers on {port}"
    next = (
        "set BOOT0 high (BOOT1 low where there is one), then press RESET",
        "check GND, and that TX goes to the chip's RX and RX to its TX: `swdflash targets NAME`",
        "was it in use at another rate? RESET has it measure the rate anew",
        "are RTS and DTR wired? swdflash boot rom --via 'uart:{port}' --detect-lines",
    )

    port: str
    lines: str = ""  # by which it was reset

    def explain(self) -> Explanation:
        """The words; where it was reset by modem lines, those are looked at first."""
        words = super().explain()
        if not self.lines:
            return words
        detect = f"swdflash boot rom --via 'uart:{self.port}' --detect-lines"
        first = f"the lines may lead elsewhere, or be inverted; this finds it out: {detect}"
        boot0, wires, *_ = words.next
        return replace(words, next=(first, wires, boot0))


@dataclass(eq=False)
class NotTheRom(NoAnswer):
    """What is on the serial port is no ROM bootloader. Nothing but 0x7F was sent to it, if that."""

    code = "not-the-rom"
    what = "what is on {port} is not a ROM bootloader"
    next = (
        "a program of the chip's own? It runs because BOOT0 is low: set BOOT0 high, press RESET",
        "is it another device? `swdflash list` shows the ports that are there",
        "wrong wires for BOOT0 and NRST? swdflash boot rom --via 'uart:{port}' --detect-lines",
    )

    port: str


@dataclass(eq=False)
class PortEchoes(NoAnswer):
    """What is sent comes back."""

    code = "port-echoes"
    what = "{port} sends back what is sent to it"
    why = "{detail}; a ROM bootloader answers 0x7F by 0x79"
    next = (
        "TX and RX of the adapter may be joined: check the wires",
        "a one-wire (half-duplex) adapter echoes, too: the ROM bootloader needs two wires",
        "a program that echoes runs because BOOT0 is low: set BOOT0 high, press RESET",
        "a modem echoes, too: `swdflash list` shows the ports that are there",
    )

    port: str


@dataclass(eq=False)
class LineTooNoisy(LinkLost):
    """Too many bytes were lost or changed on the way."""

    code = "line-too-noisy"
    what = "{port} is too noisy at {baud} baud"
    why = "{detail}"
    next = (
        "try a slower rate: --via 'uart:{port}?baud=57600' (RESET the board first)",
        "shorter wires, and GND beside TX and RX",
        "with RTS and DTR wired to BOOT0 and NRST a slower rate is found by itself",
    )

    port: str
    baud: int


@dataclass(eq=False)
class RomLost(LinkLost):
    """The ROM bootloader answered, and does not any more."""

    code = "rom-lost"
    what = "the ROM bootloader on {port} no longer answers"
    why = "{detail}"
    next = (
        "check the board's supply, and reset it with BOOT0 high",
        "then give the same command again: it goes on from what is on the chip",
    )

    port: str


@dataclass(eq=False)
class RomRefuses(LinkError):
    """The ROM bootloader answers, and refuses a command again and again."""

    code = "rom-refuses"
    exit = Exit.PROTECTED
    what = "the ROM bootloader refuses {command}"
    why = "it answers NACK to {stage}; read protection makes it do so"
    next = ("swdflash info", "swdflash unprotect  (erases all of flash; says so, and asks)")

    command: str
    stage: str


@dataclass(eq=False)
class RomLacksCommand(LinkError):
    """The ROM bootloader does not have a command."""

    code = "rom-lacks-command"
    exit = Exit.USAGE
    what = "this ROM bootloader has no {command}"
    why = "protocol {version} offers {offered}"
    next = ("use SWD for it: `swdflash list` shows the probes",)

    command: str
    version: str
    offered: str
