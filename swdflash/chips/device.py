"""What a DEV_ID stands for, and the chips it can be."""

from __future__ import annotations

from dataclasses import dataclass, field

from swdflash.chips.chip import Bank, Chip, Flash, FlashTimes
from swdflash.chips.family import DeviceRow, Family, FlashTimesRow
from swdflash.chips.registers import Field, Layout
from swdflash.memory import Span

KIB = 1024

# The 11th character of a part number is the flash size in KiB (DS5319 §7, ordering information).
FLASH_CODES = {
    "4": 16,
    "6": 32,
    "8": 64,
    "B": 128,
    "C": 256,
    "D": 384,
    "E": 512,
    "F": 768,
    "G": 1024,
}


@dataclass(frozen=True)
class Device:
    """One row of a family's devices."""

    family: Family = field(repr=False)
    row: DeviceRow

    @property
    def dev_id(self) -> int:
        """DBGMCU_IDCODE.DEV_ID."""
        return self.row.dev_id

    @property
    def name(self) -> str:
        """ST's words for all parts with this DEV_ID."""
        return self.row.name

    @property
    def sizes(self) -> tuple[int, ...]:
        """KiB of flash that parts are sold with, ascending."""
        return tuple(sorted({kib for table in self.row.sram_kib.values() for kib in table}))

    @property
    def largest(self) -> int:
        """KiB of flash of the largest part."""
        return self.sizes[-1]

    def revision(self, rev_id: int) -> str | None:
        """The silicon revision's letter, or None for a REV_ID that the manual does not list."""
        return next((name for name, rev in self.row.revisions.items() if rev == rev_id), None)

    def chip(self, flash_kib: int, line: str | None = None, *, name: str | None = None) -> Chip:
        """The chip with `flash_kib` of flash; SRAM as in `line`, by default the largest one's."""
        family, row = self.family, self.row
        sram_kib = nearest(row.sram_kib[line or row.line], flash_kib)
        sure_kib = min(nearest(table, flash_kib) for table in row.sram_kib.values())
        return Chip(
            name=name or self._name(flash_kib, line or row.line),
            family=family.family,
            core=family.core,
            dev_id=row.dev_id,
            flash=self._flash(flash_kib),
            sram=(Span(family.sram_start, sram_kib * KIB), *([row.ccm.span] if row.ccm else [])),
            system_memory=row.system_memory.span,
            option_bytes=family.option_bytes.span,
            uid=family.uid.span,
            rom=row.rom,
            flash_size_at=family.flash.kib_at,
            loader=family.loader,
            crc_unit=family.peripherals["CRC"],
            registers={name: register.address for name, register in family.registers.items()},
            layouts=layouts(family),
            peripherals=family.peripherals,
            option_byte_at=family.option_bytes.at,
            rdp_unprotected=family.option_bytes.rdp_unprotected,
            rdp_level_2=family.option_bytes.rdp_level_2,
            protects_first_sectors=family.option_bytes.protects_first_sectors,
            sectors_per_wrp_bit=row.sectors_per_wrp_bit,
            device=row.name,
            sure_sram=Span(family.sram_start, (sram_kib if line else sure_kib) * KIB),
        )

    def _name(self, flash_kib: int, line: str) -> str:
        code = next((code for code, kib in FLASH_CODES.items() if kib == flash_kib), None)
        return f"{line}x{code}" if code else f"{line} ({flash_kib} KiB)"

    def _flash(self, flash_kib: int) -> Flash:
        facts = self.family.flash
        *slower, fastest = map(flash_times, facts.times)
        return Flash(tuple(self._banks(flash_kib)), facts.erased, fastest, tuple(slower))

    def _banks(self, flash_kib: int) -> list[Bank]:
        row = self.row
        bank_kib = row.bank_kib or flash_kib
        sectors = self.sectors(flash_kib)
        banks = []
        for number, start_kib in enumerate(range(0, flash_kib, bank_kib)):
            span = Span(self.family.flash.start + start_kib * KIB, bank_kib * KIB)
            inside = tuple(sector for sector in sectors if span.covers(sector))
            banks.append(Bank(row.controllers[number], inside))
        return banks

    def sectors(self, flash_kib: int) -> tuple[Span, ...]:
        """Those that lie in the first `flash_kib`, ascending."""
        sectors: list[Span] = []
        at, end = self.family.flash.start, self.family.flash.start + flash_kib * KIB
        for run in self.row.sectors:
            for _ in range(run.count):
                if at < end:
                    sectors.append(Span(at, run.kib * KIB))
                    at += run.kib * KIB
        return tuple(sectors)

    def ends_on_a_sector(self, flash_kib: int) -> bool:
        """Whether a part with `flash_kib` is made of whole sectors."""
        return sum(sector.size for sector in self.sectors(flash_kib)) == flash_kib * KIB


def flash_times(row: FlashTimesRow) -> FlashTimes:
    """A row of times in seconds and bytes."""
    return FlashTimes(
        unit=row.unit_bytes,
        program=row.program_us.time(1e6),
        erase={kib * KIB: time.time(1e3) for kib, time in row.erase_ms.items()},
        mass_erase=row.mass_erase_ms.time(1e3),
    )


def nearest(sram_kib: dict[int, int], flash_kib: int) -> int:
    """SRAM of the largest part listed with at most `flash_kib`, else of the smallest listed."""
    fitting = [kib for kib in sram_kib if kib <= flash_kib]
    return sram_kib[max(fitting) if fitting else min(sram_kib)]


def layouts(family: Family) -> dict[str, Layout]:
    """The family's registers with their fields parsed."""
    return {
        name: Layout(
            row.address,
            row.reset,
            {label: Field.parse(text) for label, text in row.fields.items()},
        )
        for name, row in family.registers.items()
    }
