"""What one sector needs, so that it holds what is wanted."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from swdflash.chips.chip import Flash
from swdflash.flashing.contents import Contents
from swdflash.images.image import Image
from swdflash.memory import Span


@dataclass(frozen=True)
class SectorWork:
    """A sector, what it is to hold, and what has to be done for that.

    `kept` are the bytes that come from elsewhere than the image and are not of the erased value;
    `old` is what the sector holds now, known wherever something is kept.
    """

    sector: Span
    wanted: bytes = field(repr=False)
    erase: bool
    program: tuple[Span, ...]
    kept: tuple[Span, ...]
    image_bytes: int
    old: bytes | None = field(repr=False, default=None)
    with_bank: bool = False  # erased, as a part of its bank

    @property
    def changes(self) -> bool:
        """Whether anything is to be done at all."""
        return self.erase or self.with_bank or bool(self.program)

    @property
    def kept_bytes(self) -> int:
        """How many bytes beside the image survive."""
        return sum(span.size for span in self.kept)

    def bytes_of(self, span: Span) -> bytes:
        """The wanted bytes of a part of the sector."""
        at = span.start - self.sector.start
        return self.wanted[at : at + span.size]

    @property
    def risks_kept(self) -> bool:
        """Whether an interruption could leave kept bytes in no place but a journal."""
        return bool(self.kept) and (self.erase or not self._kept_in_place())

    def _kept_in_place(self) -> bool:
        start = self.sector.start
        return self.old is not None and all(
            self.old[span.start - start : span.end - start] == self.bytes_of(span)
            for span in self.kept
        )

    def after_mass_erase(self, flash: Flash) -> SectorWork:
        """The same sector once its whole bank has been erased."""
        program = _not_erased(self.sector, self.wanted, flash)
        return replace(self, erase=False, with_bank=True, program=program)


def work_on(
    sector: Span, image: Image, restore: Image, contents: Contents, flash: Flash
) -> SectorWork:
    """What `sector` needs to hold `image`, beside it `restore`, beside that what it holds now.

    A sector not covered as a whole must be known by its bytes.
    """
    part = image.within(sector)
    old = contents.data.get(sector)
    kept: tuple[Span, ...] = ()
    if part.covers(sector):
        wanted = part.read(sector)
    else:
        under = Image.of(sector.start, contents.data[sector]).overlay(restore.within(sector))
        wanted = under.overlay(part).read(sector)
        kept = _beside(part, sector, wanted, flash.erased)
    erase, program = _changes(sector, wanted, contents, flash)
    return SectorWork(sector, wanted, erase, program, kept, part.size, old)


def work_from_erased(sector: Span, image: Image, contents: Contents, flash: Flash) -> SectorWork:
    """What `sector` needs to hold `image` and nothing beside it."""
    part = image.within(sector)
    wanted = part.read(sector, fill=flash.erased)
    erase, program = _changes(sector, wanted, contents, flash)
    return SectorWork(sector, wanted, erase, program, (), part.size, contents.data.get(sector))


def _changes(
    sector: Span, wanted: bytes, contents: Contents, flash: Flash
) -> tuple[bool, tuple[Span, ...]]:
    """(whether to erase, what to program)."""
    if contents.holds(sector, wanted):
        return False, ()
    from_erased = _not_erased(sector, wanted, flash)
    if contents.is_blank(sector, flash.erased):
        return False, from_erased
    if sector in contents.data:
        differing = _differing(sector, contents.data[sector], wanted, flash)
        if differing is not None:
            return False, differing
    return True, from_erased


def _differing(sector: Span, old: bytes, wanted: bytes, flash: Flash) -> tuple[Span, ...] | None:
    """The units that differ, or None where one of them is not erased."""
    erased = bytes([flash.erased]) * flash.unit
    units: list[int] = []
    for at in range(0, sector.size, flash.unit):
        unit = old[at : at + flash.unit]
        if unit != wanted[at : at + flash.unit]:
            if unit != erased:
                return None
            units.append(at)
    return _runs(sector, units, flash.unit)


def _not_erased(sector: Span, wanted: bytes, flash: Flash) -> tuple[Span, ...]:
    """The units that an erased sector still lacks."""
    erased = bytes([flash.erased]) * flash.unit
    units = [
        at for at in range(0, sector.size, flash.unit) if wanted[at : at + flash.unit] != erased
    ]
    return _runs(sector, units, flash.unit)


def _beside(part: Image, sector: Span, wanted: bytes, erased: int) -> tuple[Span, ...]:
    """The bytes outside the image that are not of the erased value."""
    offsets = [
        at
        for at, byte in enumerate(wanted)
        if byte != erased and part.segment_at(sector.start + at) is None
    ]
    return _runs(sector, offsets, 1)


def _runs(sector: Span, offsets: list[int], step: int) -> tuple[Span, ...]:
    """Offsets joined to spans where one follows the other by `step`."""
    spans: list[Span] = []
    for offset in offsets:
        address = sector.start + offset
        if spans and spans[-1].end == address:
            spans[-1] = Span(spans[-1].start, spans[-1].size + step)
        else:
            spans.append(Span(address, step))
    return tuple(spans)
