"""A chip held still for its flash to be changed, and let go afterwards."""

from __future__ import annotations

from contextlib import suppress
from typing import Self

from swdflash.chips.chip import Chip
from swdflash.events import Listener, Phase, PhaseEnded, PhaseStarted
from swdflash.links.base import DebugLink
from swdflash.links.errors import LinkError
from swdflash.target.errors import TargetError
from swdflash.target.reset import reset_and_halt, reset_and_run


class Halted:
    """Reset and halted at its first instruction, so that clocks and peripherals are as after reset.

    Its watchdog stands still while the core does (DBGMCU_CR.DBG_IWDG_STOP, RM0008 §31.16.3): the
    option byte WDG_SW may have started it.
    """

    def __init__(self, link: DebugLink, dbgmcu: int, was: int) -> None:
        self._link = link
        self._dbgmcu = dbgmcu  # address of DBGMCU_CR
        self._was = was

    @classmethod
    def hold(cls, link: DebugLink, chip: Chip) -> Self:
        """Reset and halt it. Raises ResetNotCaught, LinkError kinds."""
        dbgmcu = chip.registers["DBGMCU_CR"]
        was = link.read32(dbgmcu)
        freeze = chip.layouts["DBGMCU_CR"].fields["DBG_IWDG_STOP"].mask
        link.write32(dbgmcu, was | freeze)
        reset_and_halt(link)
        return cls(link, dbgmcu, was)

    def run(self, listen: Listener) -> None:
        """Reset it again, and let it run."""
        started = self._link.now()
        listen(PhaseStarted(Phase.RESET))
        self._link.write32(self._dbgmcu, self._was)
        reset_and_run(self._link)
        listen(PhaseEnded(Phase.RESET, self._link.now() - started))

    def stay(self) -> None:
        """Reset it again, and leave it halted."""
        self._link.write32(self._dbgmcu, self._was)
        reset_and_halt(self._link)

    def give_up(self) -> None:
        """Nothing was changed: let it run again, if it still answers."""
        with suppress(LinkError, TargetError):
            self._link.write32(self._dbgmcu, self._was)
            reset_and_run(self._link)
