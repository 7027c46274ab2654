"""A chip: a kind of STM32 and its facts, frozen. Built from `targets/` and a size in flash."""

from __future__ import annotations

from dataclasses import dataclass, field

from swdflash.chips.registers import Layout
from swdflash.chips.rom import Rom
from swdflash.chips.times import Time
from swdflash.memory import Span


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
    rom: Rom  # the bootloader in system memory
    loader: str  # name of the blob in targets/loaders
    crc_unit: int  # base address of the CRC peripheral
    clone: str | None = None  # the part that answers in ST's place, e.g. "GD32F103"
    registers: dict[str, int] = field(default_factory=dict, repr=False)  # ST's name → address
    layouts: dict[str, Layout] = field(default_factory=dict, repr=False)  # ST's name → its bits
    peripherals: dict[str, int] = field(default_factory=dict, repr=False)  # ST's name → base
    option_byte_at: dict[str, int] = field(default_factory=dict, repr=False)  # "RDP" → address
    rdp_unprotected: int = 0xA5  # the RDP byte that leaves flash readable
    pages_per_wrp_bit: int = 4  # sectors that one bit of FLASH_WRPR protects
    device: str = ""  # what DEV_ID stands for, e.g. "STM32F10xxx medium-density"
    sure_sram: Span | None = None  # SRAM of the smallest part that answers like this one

    @property
    def work_area(self) -> Span:
        """SRAM that is there whichever of the parts with this DEV_ID and flash size it is."""
        return self.sure_sram or self.sram[0]
