"""In a probe's place where there is none."""

from __future__ import annotations

from collections.abc import Callable

from swdflash.links.base import Connect, DebugLink
from swdflash.links.errors import NoProbe


class NoDebugWay:
    """Opens nothing; its clock is that of the way to the ROM."""

    def __init__(self, now: Callable[[], float], *, simulated: bool = False) -> None:
        self.simulated = simulated  # for display only
        self._now = now

    def open(
        self,
        connect: Connect = Connect.ATTACH,
        clock_hz: int | None = None,
        *,
        insist_s: float = 0.0,
    ) -> DebugLink:
        """Raises `NoProbe`."""
        del connect, clock_hz, insist_s
        raise NoProbe("a debug probe", "only a way to the ROM bootloader was named")

    def now(self) -> float:
        """Seconds."""
        return self._now()
