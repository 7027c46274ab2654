"""A plan on its way to the chip: journal, steps, verification, and true words if it is cut off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from swdflash.chips.chip import Chip
from swdflash.errors import SwdflashError
from swdflash.events import Listener, Phase
from swdflash.flashing.errors import LoaderStopped, VerifyFailed, WriteCutShort, WriteInterrupted
from swdflash.flashing.flash_state import FlashState
from swdflash.flashing.journal import Journal
from swdflash.flashing.mismatch import Compared, verify_failed
from swdflash.flashing.plan import Plan
from swdflash.links.base import FlashLink
from swdflash.links.digest import CheckFailed
from swdflash.links.errors import LinkError


@dataclass(frozen=True)
class Done:
    """What was done to the chip; `seconds` on the link's clock."""

    erased_bytes: int
    programmed_bytes: int
    verified_bytes: int
    seconds: float


def carry_out(
    plan: Plan, link: FlashLink, chip: Chip, journal: Journal | None, listen: Listener
) -> Done:
    """Do what the plan says, its kept bytes in the journal meanwhile.

    Raises `JournalNotWritten` before anything is erased; `VerifyFailed`; `WriteInterrupted` for
    Ctrl-C and `WriteCutShort` for a lost link or a chip that was reset, both with the state that
    the flash is in; other errors of the link with that state as a note.
    """
    started = link.now()
    state = FlashState(plan, journalled=journal is not None)
    with _true_words(state):
        if journal is not None:
            journal.save(plan.kept)
        state.begun = True
        try:
            for event in link.carry_out(plan.steps):
                state.follow(event)
                listen(event)
        except CheckFailed as failed:
            raise _byte_by_byte(plan, link, chip, failed) from failed
    if journal is not None:
        journal.remove()
    return Done(
        erased_bytes=state.done[Phase.ERASE],
        programmed_bytes=state.done[Phase.PROGRAM],
        verified_bytes=state.done[Phase.VERIFY],
        seconds=link.now() - started,
    )


@contextmanager
def _true_words(state: FlashState) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        raise WriteInterrupted(state.words()) from None
    except (LinkError, LoaderStopped) as error:
        raise WriteCutShort(str(error), state.words()) from error
    except VerifyFailed:
        raise
    except SwdflashError as error:
        error.add_note(state.words())
        raise


def _byte_by_byte(
    plan: Plan, link: FlashLink, chip: Chip, failed: CheckFailed
) -> VerifyFailed | CheckFailed:
    """Read back what should have been written; `failed` itself if that reads as it should."""
    compared = [
        Compared(item.span, item.data, link.read(item.span.start, item.span.size))
        for item in plan.changed
    ]
    return verify_failed(compared, chip.flash.erased) or failed
