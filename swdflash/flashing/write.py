"""Writing an image: what the command line and the library call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from swdflash.chips.chip import Chip
from swdflash.errors import SwdflashError
from swdflash.events import Listener, Noted, ignore
from swdflash.flashing.access import Access, Held, access_to
from swdflash.flashing.carry_out import Done, carry_out
from swdflash.flashing.errors import JournalNotWritten, WriteInterrupted
from swdflash.flashing.flash_state import UNTOUCHED, finished
from swdflash.flashing.journal import Journal
from swdflash.flashing.owed import Owed
from swdflash.flashing.plan import DEFAULTS, Plan, PlanOptions, make_plan
from swdflash.flashing.survey import Surveyed, survey
from swdflash.flashing.whose_journal import journal_of
from swdflash.images.image import Image
from swdflash.links.base import FlashLink
from swdflash.target.protection import Protection
from swdflash.target.rom_target import AnyTarget


@dataclass(frozen=True)
class PreparedWrite:
    """A plan, and the chip held still that it was made for. Carry it out at once, and once."""

    plan: Plan
    target: AnyTarget
    link: FlashLink
    held: Held
    journal: Journal | None
    owed: Owed

    def carry_out(self, listen: Listener = ignore, *, reset: bool = True) -> Done:
        """Write; then reset the chip and let it run, or leave it held: halted, or in its ROM.

        Raises what `flashing.carry_out.carry_out` does. Where flash may have been touched before an
        error, it stays held.
        """
        for note in _notes(self.plan, self.journal, self.owed):
            listen(note)
        try:
            if self.journal is not None and self.owed.worth_setting_aside:
                self.journal.set_aside()
            done = carry_out(self.plan, self.link, self.target.chip, self.journal, listen)
        except (JournalNotWritten, WriteInterrupted) as error:
            if isinstance(error, JournalNotWritten) or error.state == UNTOUCHED:
                self.held.give_up()
            raise
        with _saying_it_is_finished(self.plan):
            if reset:
                self.held.run(listen)
            else:
                self.held.stay()
        return done


def plan_write(
    target: AnyTarget,
    image: Image,
    options: PlanOptions = DEFAULTS,
    listen: Listener = ignore,
    *,
    journals: Path | None = None,
) -> Plan:
    """The plan alone, for a dry run: memory is read, the core goes on as it was.

    Raises OutsideFlash, `EraseNeeded`, ReadProtected, PagesWriteProtected, LinkError kinds.
    """
    journal = journal_of(target, journals)
    access = access_to(target)
    protection = _readable(access)
    plan, owed = _plan(access.look(), access.chip, protection, image, options, journal)
    for note in _notes(plan, journal, owed):
        listen(note)
    return plan


def prepare_write(
    target: AnyTarget,
    image: Image,
    options: PlanOptions = DEFAULTS,
    *,
    journals: Path | None = None,
) -> PreparedWrite:
    """Have the chip stand still, look at its flash, make the plan; change nothing yet.

    `journals` is where kept bytes are journalled (`journal_dir()` unless given). Raises
    OutsideFlash, `EraseNeeded`, `NoRoomForLoader`, ReadProtected, PagesWriteProtected, LinkError
    kinds; the chip then runs again. `WriteInterrupted` for Ctrl-C.
    """
    access = access_to(target)
    link = access.changer()
    journal = journal_of(target, journals)
    protection = _readable(access)
    held = access.hold()
    with _let_go_on_failure(held):
        plan, owed = _plan(link, access.chip, protection, image, options, journal)
    return PreparedWrite(plan, target, link, held, journal, owed)


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
def _let_go_on_failure(held: Held) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        held.give_up()
        raise WriteInterrupted(UNTOUCHED) from None
    except BaseException:
        held.give_up()
        raise


def _readable(access: Access) -> Protection:
    protection = access.protection()
    protection.permit_reading(access.chip)
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
