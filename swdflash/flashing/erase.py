"""Erasing whole sectors: nothing beside what is named, and nothing of it kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from swdflash.chips.chip import Bank, Chip
from swdflash.events import Listener, Noted, ignore
from swdflash.flashing.access import access_to
from swdflash.flashing.carry_out import Done, carry_out
from swdflash.flashing.estimate import Amount, seconds
from swdflash.flashing.journal import Damaged, Journal
from swdflash.flashing.plan import Plan, Strategy
from swdflash.flashing.whose_journal import journal_of
from swdflash.images.image import Segment
from swdflash.images.misfits import OutsideFlash
from swdflash.links.base import Costs
from swdflash.links.digest import digest
from swdflash.links.steps import Check, Erase, MassErase, Step
from swdflash.memory import Span
from swdflash.target.rom_target import AnyTarget


@dataclass(frozen=True)
class PreparedErase:
    """What will be erased; the chip has not been disturbed so far."""

    plan: Plan
    target: AnyTarget
    journal: Journal | None

    def carry_out(self, listen: Listener = ignore) -> Done:
        """Erase, see that all is blank, reset the chip.

        Raises what `flashing.carry_out.carry_out` does; the chip then stays held.
        """
        access = access_to(self.target)
        link, held = access.changer(), access.hold()
        self._forget_kept(listen)
        done = carry_out(self.plan, link, self.target.chip, None, listen)
        held.run(listen)
        return done

    def _forget_kept(self, listen: Listener) -> None:
        """What an interrupted write kept in these sectors is not put back later."""
        found = () if self.journal is None else self.journal.load()
        if self.journal is None or isinstance(found, Damaged):
            return
        erased = set(self.plan.changed_sectors)
        left = tuple(item for item in found if item.sector not in erased)
        dropped = sum(s.size for item in found if item not in left for s in item.kept)
        if dropped:
            text = f"{dropped} bytes that an interrupted write kept are given up, as asked"
            listen(Noted("journal-dropped", text))
            self.journal.save(left)


def prepare_erase(
    target: AnyTarget, spans: Sequence[Span] | None = None, *, journals: Path | None = None
) -> PreparedErase:
    """Every sector that `spans` touch, or all of flash.

    Raises OutsideFlash, ReadProtected, PagesWriteProtected, LinkError kinds.
    """
    chip = target.chip
    for span in spans or ():
        _require_in_flash(span, chip)
    plan = plan_erase(chip, spans, target.link.costs)
    access_to(target).protection().permit_changing(chip, plan.erase)
    return PreparedErase(plan, target, journal_of(target, journals))


def plan_erase(chip: Chip, spans: Sequence[Span] | None, costs: Costs) -> Plan:
    """A bank that goes as a whole is erased at once."""
    flash = chip.flash
    steps: list[Step] = []
    sectors: list[Span] = []
    for bank in flash.banks:
        doomed = _touched(bank, spans)
        sectors += doomed
        steps += [MassErase(bank.span)] if doomed == bank.sectors else map(Erase, doomed)
    blank = [Segment(sector.start, bytes([flash.erased]) * sector.size) for sector in sectors]
    banks = sum(isinstance(step, MassErase) for step in steps)
    size = sum(sector.size for sector in sectors)
    one_by_one = tuple(step.sector for step in steps if isinstance(step, Erase))
    amount = Amount(sectors=one_by_one, banks=banks, check=size)
    return Plan(
        strategy=Strategy.MASS if banks else Strategy.SECTORS,
        steps=(*steps, *(Check(part.span, digest(part.data)) for part in blank)),
        changed=tuple(blank),
        kept=(),
        unchanged_bytes=0,
        kept_bytes=0,
        estimate_s=seconds(amount, flash, costs),
    )


def _touched(bank: Bank, spans: Sequence[Span] | None) -> tuple[Span, ...]:
    if spans is None:
        return bank.sectors
    return tuple(s for s in bank.sectors if any(s.overlap(span) for span in spans))


def _require_in_flash(span: Span, chip: Chip) -> None:
    flash = chip.flash
    inside = span.overlap(flash.span)
    beside = span.size - (inside.size if inside else 0)
    if beside:
        raise OutsideFlash(
            "the range", chip.name, beside, span.start, span.end, flash.start, flash.end
        )
