"""What a DEV_ID stands for, and the chips it can be."""

from __future__ import annotations

from dataclasses import dataclass, field

from swdflash.chips.chip import Bank, Chip, Flash
from swdflash.chips.family import DeviceRow, Family
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
            sram=(Span(family.sram_start, sram_kib * KIB),),
            system_memory=row.system_memory.span,
            option_bytes=family.option_bytes.span,
            uid=family.uid.span,
            rom=row.rom,
            loader=family.loader,
            crc_unit=family.peripherals["CRC"],
            registers={name: register.address for name, register in family.registers.items()},
            layouts=layouts(family),
            peripherals=family.peripherals,
            option_byte_at=family.option_bytes.at,
            rdp_unprotected=family.option_bytes.rdp_unprotected,
            pages_per_wrp_bit=row.pages_per_wrp_bit,
            device=row.name,
            sure_sram=Span(family.sram_start, (sram_kib if line else sure_kib) * KIB),
        )

    def _name(self, flash_kib: int, line: str) -> str:
        code = next((code for code, kib in FLASH_CODES.items() if kib == flash_kib), None)
        return f"{line}x{code}" if code else f"{line} ({flash_kib} KiB)"

    def _flash(self, flash_kib: int) -> Flash:
        facts = self.family.flash
        return Flash(
            banks=tuple(self._banks(flash_kib)),
            erased=facts.erased,
            unit=facts.unit_bytes,
            program=facts.program_us.time(1e6),
            sector_erase=facts.page_erase_ms.time(1e3),
            mass_erase=facts.mass_erase_ms.time(1e3),
        )

    def _banks(self, flash_kib: int) -> list[Bank]:
        row = self.row
        bank_kib = row.bank_kib or flash_kib
        banks = []
        for number, start_kib in enumerate(range(0, flash_kib, bank_kib)):
            end_kib = min(start_kib + bank_kib, flash_kib)
            pages = tuple(
                Span(self.family.flash.start + at * KIB, row.page_kib * KIB)
                for at in range(start_kib, end_kib, row.page_kib)
            )
            banks.append(Bank(row.controllers[number], pages))
        return banks


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
