"""A chip held still for its flash to be changed, and let go afterwards."""

from __future__ import annotations

from contextlib import suppress
from typing import Self

from swdflash.events import Listener, Phase, PhaseEnded, PhaseStarted
from swdflash.links.errors import LinkError
from swdflash.target.errors import TargetError
from swdflash.target.reset import reset_and_halt, reset_and_run
from swdflash.target.target import Target


class Halted:
    """Reset and halted at its first instruction, so that clocks and peripherals are as after reset.

    Its watchdogs stand still while the core does (`Presence.freeze_watchdogs`): the option byte
    WDG_SW may have started one.
    """

    def __init__(self, target: Target) -> None:
        self._link = target.link
        self._presence = target.presence

    @classmethod
    def hold(cls, target: Target) -> Self:
        """Reset and halt it. Raises ResetNotCaught, LinkError kinds."""
        target.presence.freeze_watchdogs()
        reset_and_halt(target.link)
        target.presence.keep_core()
        return cls(target)

    def run(self, listen: Listener) -> None:
        """Reset it again, and let it run."""
        started = self._link.now()
        listen(PhaseStarted(Phase.RESET))
        self._presence.hand_over()
        reset_and_run(self._link)
        listen(PhaseEnded(Phase.RESET, self._link.now() - started))

    def stay(self) -> None:
        """Reset it again, and leave it halted."""
        self._presence.hand_over()
        reset_and_halt(self._link)

    def give_up(self) -> None:
        """Nothing was changed: let it run again, if it still answers."""
        with suppress(LinkError, TargetError):
            self._presence.hand_over()
            reset_and_run(self._link)
