"""What a link is: a handful of typed, synchronous verbs. Errors are in `links.errors`.

What only some links can do, or do cheaply, is in `offers` and `costs`; there is no verb that
answers "not implemented".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, Flag, auto
from types import TracebackType
from typing import Protocol, Self

from swdflash.chips.chip import Chip
from swdflash.events import Event
from swdflash.links.steps import Step
from swdflash.memory import Span


class Connect(Enum):
    """How a debug link is opened (pyOCD's terms)."""

    ATTACH = "attach"  # the core goes on running
    HALT = "halt"
    PRE_RESET = "pre-reset"  # NRST pulsed, then attach
    UNDER_RESET = "under-reset"  # attached and armed while NRST is low, halted at the first vector
    IN_RESET = "in-reset"  # attached while NRST is low, which stays low


class Reset(Enum):
    """Kinds of reset a debugger can give."""

    SYSTEM = "system"  # AIRCR.SYSRESETREQ
    HARDWARE = "hardware"  # NRST driven low, then released


class Offers(Flag):
    """What a link can do beyond the verbs that every link has."""

    NOTHING = 0
    NRST = auto()  # drives the NRST wire
    VOLTAGE = auto()  # measures the target's supply
    DIGESTS = auto()  # the chip computes digests (no bytes cross the wire)


@dataclass(frozen=True)
class Costs:
    """What the wire costs, for plans: seconds, and bytes a second."""

    round_trip_s: float
    bytes_per_s: float
    digest_bytes_per_s: float


@dataclass(frozen=True)
class LinkInfo:
    """What is at the other end of the link, for people and JSON."""

    via: str  # the URL in full, e.g. "pyocd:066DFF53"
    engine: str  # "pyocd"
    probe: str  # product and serial
    clock_hz: int
    simulated: bool = False  # set by the factory only


class Link(Protocol):
    """What every link has."""

    @property
    def info(self) -> LinkInfo:
        """Engine, probe and clock, for people."""
        ...

    @property
    def offers(self) -> Offers:
        """What it can do beyond the verbs that every link has."""
        ...

    @property
    def costs(self) -> Costs:
        """What the wire costs, for plans."""
        ...

    def now(self) -> float:
        """Seconds on the link's clock, from an arbitrary start; only differences mean much."""
        ...

    def close(self) -> None:
        """Let go: NRST released, the probe free for others. May be called twice."""
        ...

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class DebugLink(Link, Protocol):
    """A way to the chip's debug port (SWD). All verbs raise `links.errors.LinkError` kinds.

    `read`/`write` take any address and length and use the widest accesses that fit; registers
    are accessed by `read32`/`write32` and `read16`/`write16` in exactly one access of that width.
    """

    def read(self, address: int, size: int) -> bytes:
        """Any bytes."""
        ...

    def write(self, address: int, data: bytes) -> None:
        """Any bytes of memory (flash is changed by a loader)."""
        ...

    def read32(self, address: int) -> int:
        """One access of 32 bits, aligned."""
        ...

    def write32(self, address: int, value: int) -> None:
        """One access of 32 bits, aligned."""
        ...

    def read16(self, address: int) -> int:
        """One access of 16 bits, aligned."""
        ...

    def write16(self, address: int, value: int) -> None:
        """One access of 16 bits, aligned."""
        ...

    def read_core(self, registers: Sequence[str]) -> list[int]:
        """Core registers ("r0".."r15", "sp", "lr", "pc", "xpsr", "msp", "psp", "primask"...)."""
        ...

    def write_core(self, values: Mapping[str, int]) -> None:
        """Set core registers, in the order given; the core must be halted."""
        ...

    def halt(self) -> None:
        """Stop the core; raises `CoreWillNotHalt`."""
        ...

    def resume(self) -> None:
        """Let the core go on."""
        ...

    def step(self) -> None:
        """Execute one instruction, or enter an exception that is pending."""
        ...

    def is_halted(self) -> bool:
        """Whether the core is in debug state."""
        ...

    def reset(self, kind: Reset = Reset.SYSTEM) -> None:
        """Reset; the core then does what DEMCR.VC_CORERESET says (run, or halt at the vector)."""
        ...

    def drive_nrst(self, low: bool) -> None:
        """Drive the NRST wire low, or let it go."""
        ...

    def dpidr(self) -> int:
        """The debug port's DPIDR, read now."""
        ...

    def set_clock(self, hz: int) -> int:
        """Ask for an SWCLK of `hz`; returns what the probe chose (≤ hz)."""
        ...

    def voltage(self) -> float | None:
        """Volts at the probe's VTref pin; None where the probe cannot measure it."""
        ...

    def flash_link(self, chip: Chip) -> FlashLink | None:
        """The engine's own drivers for this chip's flash; None where a loader is to be used."""
        ...


class FlashLink(Link, Protocol):
    """A way to read and change a chip's flash."""

    def read(self, address: int, size: int) -> bytes:
        """Any bytes."""
        ...

    def digests(self, spans: Sequence[Span]) -> list[int]:
        """One digest a span (word-aligned), as `links.digest.digest` computes it."""
        ...

    def carry_out(self, steps: Sequence[Step]) -> Iterator[Event]:
        """Do the steps in order, yielding progress. Raises on the first that fails."""
        ...

    def run(self, address: int) -> None:
        """Start the program whose vector table is at `address`."""
        ...


@dataclass(frozen=True)
class RomAbout:
    """What a ROM bootloader says of itself when it is asked."""

    protocol: str  # "AN3155" (UART) or "AN3156" (USB DFU)
    version: str  # of the protocol, as the ROM gives it: "2.2", "1.1a"
    product_id: int | None  # DEV_ID, by Get ID; None over DFU, which has no such command
    sectors: tuple[Span, ...]  # of main flash, as DFU declares them; empty over UART
    serial: str | None  # USB serial number, which is made of the UID; None over UART
    protected: bool  # flash can be neither read nor written: read protection


class RomLink(Link, Protocol):
    """A way to the bootloader in a chip's system memory (AN2606). The core runs that, and stays.

    What it offers is what its `flash_link` offers; its costs are those of reading.
    """

    @property
    def about(self) -> RomAbout:
        """What it said of itself when the link was opened."""
        ...

    def read(self, address: int, size: int) -> bytes:
        """Any bytes of flash, SRAM, system memory or option bytes, as far as the ROM allows."""
        ...

    def flash_link(self, chip: Chip) -> FlashLink:
        """Main flash of the chip that this ROM was found to be in."""
        ...

    def unprotect(self, chip: Chip) -> None:
        """Take read protection off: erases all of flash and resets the chip.

        Returns once the ROM answers again and lets flash be read. Raises LinkError kinds,
        `NoAnswer` where the chip left the ROM by the reset.
        """
        ...

    def stay(self, *, wanted: bool = True) -> None:
        """Whether the chip is to be left in its ROM when the link is closed.

        Else one that the link has reset into its ROM is reset out of it at the end, and the program
        in flash runs again. A chip that was in its ROM already stays there in any case.
        """
        ...

    def answers(self, chip: Chip) -> bool:
        """Whether the ROM answers, once it has had its time to start; nothing brings it back.

        To be asked after `FlashLink.run`, which the chip may not have obeyed. Raises LinkError
        kinds that are no silence.
        """
        ...
