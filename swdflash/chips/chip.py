"""A chip: a kind of STM32 and its facts, frozen. Built from `targets/` and a size in flash."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

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
class FlashTimes:
    """How long flash takes where `unit` bytes are programmed at once, aligned.

    ST calls that program/erase parallelism where there is a choice (RM0090 §3.6.2): it takes a
    higher supply to do more at once.
    """

    unit: int
    program: Time  # one unit
    erase: dict[int, Time] = field(repr=False)  # a sector, by its bytes
    mass_erase: Time  # one bank


@dataclass(frozen=True)
class Flash:
    """Main flash as this very part has it."""

    banks: tuple[Bank, ...]
    erased: int  # value of an erased byte
    times: FlashTimes  # at 3.3 V
    slower: tuple[FlashTimes, ...] = ()  # where less is programmed at once

    @property
    def unit(self) -> int:
        """Bytes programmed at once, aligned."""
        return self.times.unit

    @property
    def program(self) -> Time:
        """One unit."""
        return self.times.program

    @property
    def mass_erase(self) -> Time:
        """One bank."""
        return self.times.mass_erase

    def erase_time(self, sector: Span) -> Time:
        """One sector."""
        return self.times.erase[sector.size]

    def with_unit(self, unit: int) -> Flash:
        """The same flash where that many bytes are programmed at once; KeyError if never."""
        every = {times.unit: times for times in (*self.slower, self.times)}
        chosen = every.pop(unit)
        return replace(self, times=chosen, slower=tuple(every.values()))

    def in_steps_of(self, size: int) -> Flash:
        """The same flash where whoever programs it takes multiples of `size` bytes only."""
        times, count = self.times, size // self.unit
        if count <= 1:
            return self
        program = Time(times.program.typ * count, times.program.max * count)
        return replace(self, times=replace(times, unit=size, program=program), slower=())

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
    flash_size_at: int  # address of the half-word with its KiB of flash
    loader: str | None  # name of the blob in targets/loaders
    crc_unit: int  # base address of the CRC peripheral
    clone: str | None = None  # the part that answers in ST's place, e.g. "GD32F103"
    registers: dict[str, int] = field(default_factory=dict, repr=False)  # ST's name → address
    layouts: dict[str, Layout] = field(default_factory=dict, repr=False)  # ST's name → its bits
    peripherals: dict[str, int] = field(default_factory=dict, repr=False)  # ST's name → base
    option_byte_at: dict[str, int] = field(default_factory=dict, repr=False)  # "RDP" → address
    rdp_unprotected: int = 0xA5  # the RDP byte that leaves flash readable
    rdp_level_2: int | None = None  # the RDP byte that shuts the chip for ever
    protects_first_sectors: bool = True  # read protection protects the first group from changes
    sectors_per_wrp_bit: int = 4  # sectors that one bit of write protection stands for
    device: str = ""  # what DEV_ID stands for, e.g. "STM32F10xxx medium-density"
    sure_sram: Span | None = None  # SRAM of the smallest part that answers like this one

    @property
    def work_area(self) -> Span:
        """SRAM that is there whichever of the parts with this DEV_ID and flash size it is."""
        return self.sure_sram or self.sram[0]
