"""True words about what a write has done to the flash so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from swdflash.events import Event, Phase, Progressed
from swdflash.flashing.plan import Plan

UNTOUCHED = "the flash is untouched"


def finished(plan: Plan) -> str:
    """The state of the flash once the plan is carried out, and the chip not reset yet."""
    if not plan.steps:
        return f"{UNTOUCHED}: it held everything already"
    checked = set(plan.changed_sectors) <= set(plan.check)
    how = "programmed and verified" if checked else "programmed"
    return f"everything is {how}, only the reset is missing"


@dataclass
class FlashState:
    """Follows the events of a plan that is being carried out.

    Events come in after the fact: the chip may be further than they say, never less far.
    """

    plan: Plan
    journalled: bool  # whether kept bytes are in a journal meanwhile
    begun: bool = False
    done: dict[Phase, int] = field(default_factory=lambda: dict.fromkeys(Phase, 0))

    def follow(self, event: Event) -> None:
        """Take note of one event."""
        if isinstance(event, Progressed):
            self.done[event.phase] = event.done

    @property
    def kept_at_risk(self) -> int:
        """Bytes beside the image that a journal holds."""
        return sum(span.size for item in self.plan.kept for span in item.kept)

    def words(self) -> str:
        """The state of the flash, as sure as it is known."""
        if not self.begun or not self.plan.steps:
            return UNTOUCHED
        return "; ".join((self._progress(), *self._kept()))

    def _progress(self) -> str:
        erase = sum(span.size for span in self.plan.erase)
        program = sum(span.size for span in self.plan.program)
        erased, programmed = self.done[Phase.ERASE], self.done[Phase.PROGRAM]
        if programmed == program and erased == erase:
            return "everything is programmed, not all of it is verified"
        wrote = f"at least {programmed} of {program} bytes were programmed"
        if not erase:
            return wrote
        return f"at least {erased} of {erase} bytes were erased, and {wrote}"

    def _kept(self) -> tuple[str, ...]:
        size = self.kept_at_risk
        if not size:
            return ()
        if not self.journalled:
            return (f"{size} bytes beside the image may be lost: the chip has no unique id",)
        return (
            f"{size} bytes to be kept are safe in the journal, and the next write restores them",
        )
