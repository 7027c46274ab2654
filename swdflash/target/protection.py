"""What option bytes forbid (PM0075 §2.4): reading flash, and changing some of its pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from swdflash.chips.chip import Chip
from swdflash.links.base import DebugLink
from swdflash.memory import Span
from swdflash.target.errors import PagesWriteProtected, ReadProtected


@dataclass(frozen=True)
class Protection:
    """Protection in force since the last reset."""

    read_protected: bool
    write_protected: tuple[Span, ...]  # ascending, neighbours joined
    wrpr: int  # FLASH_WRPR, or FLASH_OPTCR.nWRP, as read

    def permit_reading(self, chip: Chip) -> None:
        """Raises ReadProtected."""
        if self.read_protected:
            raise ReadProtected(chip.name)

    def permit_changing(self, chip: Chip, sectors: Iterable[Span]) -> None:
        """Raises ReadProtected, or PagesWriteProtected for the first protected one of `sectors`."""
        self.permit_reading(chip)
        for sector in sectors:
            for span in self.write_protected:
                if shared := span.overlap(sector):
                    raise PagesWriteProtected(
                        shared.start,
                        shared.end,
                        self.wrpr,
                        chip.sectors_per_wrp_bit,
                        "FLASH_OPTCR.nWRP" if "FLASH_OPTCR" in chip.registers else "FLASH_WRPR",
                        f"{chip.family.lower()}x",
                    )


def read_protection(link: DebugLink, chip: Chip) -> Protection:
    """Read FLASH_OBR and FLASH_WRPR, or FLASH_OPTCR. Raises LinkError."""
    if "FLASH_OPTCR" in chip.registers:
        optcr = chip.layouts["FLASH_OPTCR"].named(link.read32(chip.registers["FLASH_OPTCR"]))
        active = optcr["RDP"] != chip.rdp_unprotected
        nwrp = optcr["nWRP"]
        return Protection(active, protected_spans(chip, nwrp, read_protected=active), nwrp)
    obr = link.read32(chip.registers["FLASH_OBR"])
    wrpr = link.read32(chip.registers["FLASH_WRPR"])
    rdprt = bool(chip.layouts["FLASH_OBR"].fields["RDPRT"].of(obr))
    return Protection(rdprt, protected_spans(chip, wrpr, read_protected=rdprt), wrpr)


def protected_spans(chip: Chip, wrpr: int, *, read_protected: bool) -> tuple[Span, ...]:
    """The pages that a 0 in FLASH_WRPR protects, or the sectors that one in FLASH_OPTCR.nWRP does.

    On STM32F1 read protection protects the first group, too (PM0075 §2.4.1).
    """
    first = 1 if read_protected and chip.protects_first_sectors else 0
    groups = wrp_groups(chip)
    spans = [group for bit, group in enumerate(groups) if not wrpr >> bit & 1 or bit < first]
    return tuple(joined(spans))


def wrp_groups(chip: Chip) -> list[Span]:
    """The pages that each bit of FLASH_WRPR stands for; the last takes all that are left."""
    pages, count = chip.flash.sectors, chip.sectors_per_wrp_bit
    groups = []
    for bit in range(min(32, -(-len(pages) // count))):
        group = pages[bit * count :] if bit == 31 else pages[bit * count : (bit + 1) * count]
        groups.append(Span(group[0].start, group[-1].end - group[0].start))
    return groups


def joined(spans: Iterable[Span]) -> Iterator[Span]:
    """Neighbouring spans as one."""
    current: Span | None = None
    for span in spans:
        if current and current.end == span.start:
            current = Span(current.start, current.size + span.size)
            continue
        if current:
            yield current
        current = span
    if current:
        yield current
