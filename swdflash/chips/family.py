"""The shape of a family's file in `targets/`, as `msgspec` checks it (unknown keys are refused)."""

from __future__ import annotations

from enum import StrEnum

from msgspec import field

from swdflash.chips.rom import Rom
from swdflash.chips.row import Block, Kib, Row, TypMax
from swdflash.memory import Span


class FlashTimesRow(Row, frozen=True):
    """How long flash takes where `unit_bytes` are programmed at once; sectors by their KiB."""

    unit_bytes: int
    program_us: TypMax
    erase_ms: dict[int, TypMax]
    mass_erase_ms: TypMax


class FlashRow(Row, frozen=True):
    """What all of the family's flash has in common; of several `times`, the last is the fastest."""

    start: int
    kib_at: int
    erased: int
    times: tuple[FlashTimesRow, ...]


class SectorsRow(Row, frozen=True):
    """Neighbouring sectors of one size."""

    kib: int
    count: int


class OptionBytesRow(Row, frozen=True):
    """Where option bytes are; `at` is by ST's name.

    `rdp_level_2` is None where there is no such level. `protects_first_sectors`: read protection
    protects the first group of FLASH_WRPR against being changed, too.
    """

    start: int
    bytes: int
    rdp_unprotected: int
    at: dict[str, int]
    rdp_level_2: int | None = None
    protects_first_sectors: bool = False

    @property
    def span(self) -> Span:
        """All of them."""
        return Span(self.start, self.bytes)


class SwdRow(Row, frozen=True):
    """The pins, and what cuts them."""

    swdio: str
    swclk: str
    cut_by: str
    undone_by: str


class FieldName(Row, frozen=True):
    """A field of a register, and the bit that gives its peripheral a clock, by ST's names."""

    register: str
    field: str
    clock: tuple[str, str]  # register and field


class RemapRow(FieldName, frozen=True):
    """The field that says what is seen at address 0, and its value for system memory."""

    system_memory: int


class BootRow(Row, frozen=True):
    """Levels of the boot pins, or values of option bits, for each memory it can start from.

    `boot1` is the pin that BOOT1 is on, None where there is no such pin; `boot1_level` is where its
    level is read. `remap` is None where only a reset decides what is seen at address 0.
    """

    flash: dict[str, int]
    system_memory: dict[str, int]
    sram: dict[str, int]
    boot1: str | None = None
    boot1_level: FieldName | None = None
    remap: RemapRow | None = None


class DbgmcuRow(Row, frozen=True):
    """Fields of DBGMCU_CR by what they are for; each field is in one group.

    `clock` is the register and the bit that give it its clock, where it needs one.
    """

    groups: dict[str, tuple[str, ...]]
    clock: tuple[str, str] | None = None


class DeviceRow(Row, frozen=True):
    """What one DEV_ID stands for. `sram_kib` is by line, then by KiB of flash.

    `sectors` are those of the largest part, from flash's start up; smaller parts have fewer.
    """

    name: str
    dev_id: int
    revisions: dict[str, int]
    line: str
    sectors: tuple[SectorsRow, ...]
    sectors_per_wrp_bit: int
    system_memory: Kib
    sram_kib: dict[str, dict[int, int]]
    rom: Rom
    ccm: Kib | None = None  # data RAM that only the core reaches
    controllers: tuple[int, ...] = (0x4002_2000,)
    bank_kib: int | None = None


class Policy(StrEnum):
    """What is done about a clone."""

    HANDLED = "handled"  # programmed like the ST part, under its own name
    REFUSED = "refused"  # nothing is written


class CloneRow(Row, frozen=True):
    """A chip that answers in an ST part's place; what is None is not looked at."""

    name: str
    maker: str
    policy: Policy
    note: str
    dpidr: int | None = None
    cpuid: tuple[int, ...] | None = None
    dev_id: tuple[int, ...] | None = None
    rev_id: tuple[int, ...] | None = None
    designer: int | None = None  # JEP106: continuation count in bits 10..7, code in 6..0
    part: int | None = None
    sram_kib_at: int | None = None  # a half-word with its KiB of SRAM


class RegisterRow(Row, frozen=True):
    """A register; fields as the manual writes them, "msb:lsb"."""

    address: int
    reset: int = 0
    fields: dict[str, str] = field(default_factory=dict)


class Family(Row, frozen=True):
    """A whole file."""

    family: str
    core: str
    cpuid: int
    dpidr: int
    uid: Block
    sram_start: int
    flash: FlashRow
    option_bytes: OptionBytesRow
    swd: SwdRow
    boot: BootRow
    dbgmcu: DbgmcuRow
    device: tuple[DeviceRow, ...]
    peripherals: dict[str, int]
    registers: dict[str, RegisterRow]
    clone: tuple[CloneRow, ...] = ()
    loader: str | None = None  # in targets/loaders; None where SWD does not program it yet
