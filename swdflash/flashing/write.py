"""Writing an image: what the command line and the library call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from swdflash.chips.chip import Chip
from swdflash.errors import SwdflashError
from swdflash.events import Listener, Noted, ignore
from swdflash.flashing.by_reading import ByReading
from swdflash.flashing.carry_out import Done, carry_out
from swdflash.flashing.errors import JournalNotWritten, WriteInterrupted
from swdflash.flashing.flash_link import flash_link
from swdflash.flashing.flash_state import UNTOUCHED, finished
from swdflash.flashing.halted import Halted
from swdflash.flashing.journal import Journal, chip_journal
from swdflash.flashing.owed import Owed
from swdflash.flashing.plan import DEFAULTS, Plan, PlanOptions, make_plan
from swdflash.flashing.survey import Surveyed, survey
from swdflash.images.image import Image
from swdflash.links.base import FlashLink
from swdflash.target.protection import Protection, read_protection
from swdflash.target.target import Target


@dataclass(frozen=True)
class PreparedWrite:
    """A plan, and the halted chip that it was made for. Carry it out at once, and once."""

    plan: Plan
    target: Target
    link: FlashLink
    halted: Halted
    journal: Journal | None
    owed: Owed

    def carry_out(self, listen: Listener = ignore, *, reset: bool = True) -> Done:
        """Write; then reset the chip and let it run, or leave it halted at its first instruction.

        Raises what `flashing.carry_out.carry_out` does. Where flash may have been touched before an
        error, the core stays halted.
        """
        for note in _notes(self.plan, self.journal, self.owed):
            listen(note)
        try:
            if self.journal is not None and self.owed.worth_setting_aside:
                self.journal.set_aside()
            done = carry_out(self.plan, self.link, self.target.chip, self.journal, listen)
        except (JournalNotWritten, WriteInterrupted) as error:
            if isinstance(error, JournalNotWritten) or error.state == UNTOUCHED:
                self.halted.give_up()
            raise
        with _saying_it_is_finished(self.plan):
            if reset:
                self.halted.run(listen)
            else:
                self.halted.stay()
        return done


def plan_write(
    target: Target,
    image: Image,
    options: PlanOptions = DEFAULTS,
    listen: Listener = ignore,
    *,
    journals: Path | None = None,
) -> Plan:
    """The plan alone, for a dry run: memory is read, the core goes on as it was.

    Raises OutsideFlash, `EraseNeeded`, ReadProtected, PagesWriteProtected, LinkError kinds.
    """
    journal = chip_journal(target.identity.uid, journals)
    costs = flash_link(target.link, target.chip).costs
    link, protection = ByReading(target.link, costs), _readable(target)
    plan, owed = _plan(link, target.chip, protection, image, options, journal)
    for note in _notes(plan, journal, owed):
        listen(note)
    return plan


def prepare_write(
    target: Target,
    image: Image,
    options: PlanOptions = DEFAULTS,
    *,
    journals: Path | None = None,
) -> PreparedWrite:
    """Reset and halt the chip, look at its flash by a loader, make the plan; change nothing yet.

    `journals` is where kept bytes are journalled (`journal_dir()` unless given). Raises
    OutsideFlash, `EraseNeeded`, `NoRoomForLoader`, ReadProtected, PagesWriteProtected, LinkError
    kinds; the chip then runs again. `WriteInterrupted` for Ctrl-C.
    """
    link = flash_link(target.link, target.chip)
    journal = chip_journal(target.identity.uid, journals)
    protection = _readable(target)
    halted = Halted.hold(target)
    with _let_go_on_failure(halted):
        plan, owed = _plan(link, target.chip, protection, image, options, journal)
    return PreparedWrite(plan, target, link, halted, journal, owed)


@contextmanager
def _saying_it_is_finished(plan: Plan) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        raise WriteInterrupted(finished(plan)) from None
    except SwdflashError as error:
        error.add_note(finished(plan))
        raise


@contextmanager
def _let_go_on_failure(halted: Halted) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        halted.give_up()
        raise WriteInterrupted(UNTOUCHED) from None
    except BaseException:
        halted.give_up()
        raise


def _readable(target: Target) -> Protection:
    protection = read_protection(target.link, target.chip)
    protection.permit_reading(target.chip)
    return protection


def _plan(
    link: Surveyed,
    chip: Chip,
    protection: Protection,
    image: Image,
    options: PlanOptions,
    journal: Journal | None,
) -> tuple[Plan, Owed]:
    owed = Owed.load(journal, options.erase)
    contents = survey(link, chip, image, options, owed.spans)
    owed = owed.compare(image, contents, chip.flash)
    whole_banks = not protection.write_protected
    plan = make_plan(
        image, chip, contents, options, link.costs, owed.restore, whole_banks=whole_banks
    )
    protection.permit_changing(chip, (*plan.erase, *plan.program))
    return plan, owed


def _notes(plan: Plan, journal: Journal | None, owed: Owed) -> Iterator[Noted]:
    """What a person should know before it begins."""
    yield from owed.notes()
    size = sum(span.size for item in plan.kept for span in item.kept)
    if size and journal is None:
        text = f"this chip has no unique id: an interruption can lose the {size} bytes to be kept"
        yield Noted("no-journal", text)
