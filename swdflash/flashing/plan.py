"""From an image, a chip and what is on it to the steps that put the image there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from swdflash.chips.chip import Bank, Chip, Flash
from swdflash.flashing.contents import Contents
from swdflash.flashing.errors import EraseNeeded
from swdflash.flashing.estimate import Amount, seconds
from swdflash.flashing.sector_work import SectorWork, work_from_erased, work_on
from swdflash.images.image import Image, Segment
from swdflash.images.misfits import OutsideFlash
from swdflash.links.base import Costs
from swdflash.links.digest import digest
from swdflash.links.steps import Check, Erase, MassErase, Program, Step
from swdflash.memory import Span

NO_BYTES = Image(())
WORTHWHILE_S = 1e-3  # what a mass erase must save at least, since it wears more sectors


class EraseMode(StrEnum):
    """What may be erased."""

    SECTOR = "sector"  # sectors that differ; a whole bank where nothing is lost by it
    CHIP = "chip"  # everything: nothing beside the image survives
    NONE = "none"  # nothing


class Strategy(StrEnum):
    """How a plan gets there."""

    NOTHING = "nothing"
    SECTORS = "sectors"
    MASS = "mass"


@dataclass(frozen=True)
class PlanOptions:
    """What the user chose. Sectors with kept bytes are checked even without `verify`."""

    erase: EraseMode = EraseMode.SECTOR
    verify: bool = True


DEFAULTS = PlanOptions()


@dataclass(frozen=True)
class KeptSector:
    """A sector whose bytes beside the image must survive: what it held, is to hold, keeps."""

    sector: Span
    old: bytes = field(repr=False)
    final: bytes = field(repr=False)
    kept: tuple[Span, ...]


@dataclass(frozen=True)
class Plan:
    """What will be done, and what for; nothing in it knows a link."""

    strategy: Strategy
    steps: tuple[Step, ...]
    changed: tuple[Segment, ...]  # the sectors that change, with what they are to hold
    kept: tuple[KeptSector, ...]  # what a journal must hold before the first step
    unchanged_bytes: int  # of the image, in sectors that already hold what is wanted
    kept_bytes: int  # beside the image, in sectors that change
    estimate_s: float

    @property
    def erase(self) -> tuple[Span, ...]:
        """What is erased, sector by sector or bank by bank."""
        erased = (_erased_by(step) for step in self.steps)
        return tuple(span for span in erased if span is not None)

    @property
    def program(self) -> tuple[Span, ...]:
        """What is programmed."""
        return tuple(step.span for step in self.steps if isinstance(step, Program))

    @property
    def changed_sectors(self) -> tuple[Span, ...]:
        """The sectors that are erased or programmed."""
        return tuple(part.span for part in self.changed)

    @property
    def check(self) -> tuple[Span, ...]:
        """What is compared at the end."""
        return tuple(step.span for step in self.steps if isinstance(step, Check))


def _erased_by(step: Step) -> Span | None:
    match step:
        case Erase(sector):
            return sector
        case MassErase(bank):
            return bank
        case _:
            return None


@dataclass(frozen=True)
class _BankWork:
    """What one bank needs; `mass` where it is erased as a whole."""

    bank: Bank
    mass: bool
    sectors: tuple[SectorWork, ...]

    @property
    def changing(self) -> tuple[SectorWork, ...]:
        return tuple(work for work in self.sectors if work.changes)

    @property
    def amount(self) -> Amount:
        changing = self.changing
        return Amount(
            sectors=tuple(work.sector for work in changing if work.erase),
            banks=int(self.mass),
            program=sum(span.size for work in changing for span in work.program),
            check=sum(work.sector.size for work in changing),
        )


def make_plan(
    image: Image,
    chip: Chip,
    contents: Contents,
    options: PlanOptions,
    costs: Costs,
    restore: Image = NO_BYTES,
    *,
    whole_banks: bool = True,
) -> Plan:
    """The cheapest steps after which the chip holds `image`, and beside it what it held.

    `contents` has the bytes of every sector that is covered in part, a digest or the bytes of all
    others that the image touches; of the rest, what `survey` found worth knowing. `restore` are
    bytes that an interrupted write owes the chip; the image's win over them. Without `whole_banks`
    (some pages are protected) only `EraseMode.CHIP` erases a bank at once.

    Raises `OutsideFlash`, and `EraseNeeded` with `EraseMode.NONE`.
    """
    check_in_flash(image, chip)
    banks = tuple(
        _from_erased(bank, image, contents, chip.flash)
        if options.erase is EraseMode.CHIP
        else _by_sector(bank, image, restore, contents, chip.flash)
        for bank in chip.flash.banks
    )
    if options.erase is EraseMode.NONE:
        _refuse_erases(banks)
    if options.erase is EraseMode.SECTOR and whole_banks:
        banks = tuple(_at_once_if_faster(work, contents, chip.flash, costs) for work in banks)
    return _assemble(banks, options, chip.flash, costs)


def check_in_flash(image: Image, chip: Chip) -> None:
    """Raise `OutsideFlash` where the image has bytes that are not in the chip's flash."""
    flash = chip.flash
    beside = [s for s in image.spans if not flash.span.covers(s)]
    if beside:
        name = ", ".join(path.name for path in image.files) or "the image"
        count = image.size - image.within(flash.span).size
        raise OutsideFlash(
            name, chip.name, count, beside[0].start, beside[-1].end, flash.start, flash.end
        )


def touched(sectors: Iterable[Span], *images: Image) -> tuple[Span, ...]:
    """The sectors that at least one of the images has bytes for."""
    return tuple(sector for sector in sectors if any(image.covered(sector) for image in images))


def _from_erased(bank: Bank, image: Image, contents: Contents, flash: Flash) -> _BankWork:
    """The bank with the image and nothing else."""
    works = tuple(work_from_erased(sector, image, contents, flash) for sector in bank.sectors)
    work = _BankWork(bank, mass=False, sectors=works)
    return _as_mass(work, flash) if any(sector.erase for sector in works) else work


def _by_sector(
    bank: Bank, image: Image, restore: Image, contents: Contents, flash: Flash
) -> _BankWork:
    """The bank with the image over what it holds."""
    sectors = touched(bank.sectors, image, restore)
    works = tuple(work_on(sector, image, restore, contents, flash) for sector in sectors)
    return _BankWork(bank, mass=False, sectors=works)


def _at_once_if_faster(
    by_sector: _BankWork, contents: Contents, flash: Flash, costs: Costs
) -> _BankWork:
    """Erase the whole bank where that loses nothing and saves time."""
    if not _may_mass_erase(by_sector, contents, flash):
        return by_sector
    at_once = _as_mass(by_sector, flash)
    saved = seconds(by_sector.amount, flash, costs) - seconds(at_once.amount, flash, costs)
    return at_once if saved > WORTHWHILE_S else by_sector


def _as_mass(work: _BankWork, flash: Flash) -> _BankWork:
    return _BankWork(work.bank, True, tuple(w.after_mass_erase(flash) for w in work.sectors))


def _may_mass_erase(work: _BankWork, contents: Contents, flash: Flash) -> bool:
    """Whether erasing the whole bank would lose nothing."""
    if not any(sector.erase for sector in work.sectors) or any(w.kept for w in work.sectors):
        return False
    mine = {sector.sector for sector in work.sectors}
    return all(
        contents.known(sector) and contents.is_blank(sector, flash.erased)
        for sector in work.bank.sectors
        if sector not in mine
    )


def _refuse_erases(banks: Sequence[_BankWork]) -> None:
    erases = [work.sector for bank in banks for work in bank.sectors if work.erase]
    if erases:
        raise EraseNeeded(len(erases), erases[0].start)


def _assemble(banks: Sequence[_BankWork], options: PlanOptions, flash: Flash, costs: Costs) -> Plan:
    changing = [work for bank in banks for work in bank.changing]
    erases = [step for bank in banks for step in _erases(bank)]
    checked = [work for work in changing if options.verify or work.kept]
    steps = (*erases, *_programs(banks), *(Check(w.sector, digest(w.wanted)) for w in checked))
    amounts = [bank.amount for bank in banks]
    total = Amount(
        sectors=tuple(sector for amount in amounts for sector in amount.sectors),
        banks=sum(amount.banks for amount in amounts),
        program=sum(amount.program for amount in amounts),
        check=sum(work.sector.size for work in checked),
    )
    return Plan(
        strategy=_strategy(banks, steps),
        steps=steps,
        changed=tuple(Segment(work.sector.start, work.wanted) for work in changing),
        kept=tuple(_kept(work) for work in changing if work.risks_kept),
        unchanged_bytes=sum(
            work.image_bytes for bank in banks for work in bank.sectors if not work.changes
        ),
        kept_bytes=sum(work.kept_bytes for work in changing),
        estimate_s=seconds(total, flash, costs),
    )


def _strategy(banks: Sequence[_BankWork], steps: Sequence[Step]) -> Strategy:
    if any(bank.mass for bank in banks):
        return Strategy.MASS
    return Strategy.SECTORS if steps else Strategy.NOTHING


def _erases(work: _BankWork) -> list[Step]:
    if work.mass:
        return [MassErase(work.bank.span)]
    return [Erase(sector.sector) for sector in work.sectors if sector.erase]


def _programs(banks: Sequence[_BankWork]) -> list[Program]:
    """Runs of units, joined across sectors but not across banks."""
    programs: list[Program] = []
    for bank in banks:
        pieces = ((span, w.bytes_of(span)) for w in bank.sectors for span in w.program)
        programs += [Program(s.address, s.data) for s in _joined(pieces)]
    return programs


def _joined(pieces: Iterable[tuple[Span, bytes]]) -> Iterable[Program]:
    run: list[bytes] = []
    start = end = 0
    for span, data in pieces:
        if run and span.start != end:
            yield Program(start, b"".join(run))
            run = []
        if not run:
            start = span.start
        run.append(data)
        end = span.end
    if run:
        yield Program(start, b"".join(run))


def _kept(work: SectorWork) -> KeptSector:
    assert work.old is not None, "bytes can be kept only where they were read"
    return KeptSector(work.sector, work.old, work.wanted, work.kept)
