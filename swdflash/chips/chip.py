"""A chip: a kind of STM32 and its facts, frozen. Built from `targets/` and a size in flash."""

from __future__ import annotations

from dataclasses import dataclass, field

from swdflash.memory import Span


@dataclass(frozen=True)
class Time:
    """Seconds that an operation takes: `typ` for estimates, `max` for deadlines."""

    typ: float
    max: float


@dataclass(frozen=True)
class Bank:
    """A part of flash with a controller of its own.

    `controller` is the address of the bank's KEYR..AR block's controller base (F1: 0x4002_2000,
    XL bank 2: 0x4002_2040); `sectors` are all erasable units in it, ascending.
    """

    controller: int
    sectors: tuple[Span, ...] = field(repr=False)

    @property
    def span(self) -> Span:
        """The bank's bytes."""
        return Span(self.sectors[0].start, self.sectors[-1].end - self.sectors[0].start)


@dataclass(frozen=True)
class Flash:
    """Main flash as this very part has it."""

    banks: tuple[Bank, ...]
    erased: int  # value of an erased byte
    unit: int  # bytes programmed at once, aligned
    program: Time  # one unit
    sector_erase: Time
    mass_erase: Time  # one bank

    @property
    def start(self) -> int:
        """Address of the first byte."""
        return self.banks[0].span.start

    @property
    def end(self) -> int:
        """Address after the last byte."""
        return self.banks[-1].span.end

    @property
    def span(self) -> Span:
        """All of it; banks follow each other without a gap."""
        return Span(self.start, self.end - self.start)

    @property
    def sectors(self) -> tuple[Span, ...]:
        """Every erasable unit, ascending."""
        return tuple(sector for bank in self.banks for sector in bank.sectors)


@dataclass(frozen=True)
class Chip:
    """What swdflash knows about the part in front of it."""

    name: str  # e.g. "STM32F103x8/xB"
    family: str  # e.g. "STM32F1"
    core: str  # e.g. "Cortex-M3"
    dev_id: int
    flash: Flash
    sram: tuple[Span, ...]
    system_memory: Span
    option_bytes: Span
    uid: Span
    loader: str  # name of the blob in targets/loaders
    crc_unit: int  # base address of the CRC peripheral
    clone: str | None = None  # maker's name where it is not ST's
    registers: dict[str, int] = field(default_factory=dict, repr=False)  # ST's name → address
