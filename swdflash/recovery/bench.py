"""Where a board is worked on: one way to it, one link at a time, NRST never left low."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from swdflash.links.base import Connect, DebugLink
from swdflash.recovery.hand import Hand
from swdflash.recovery.reset_wire import NoMemory, WireMemory


class Way(Protocol):
    """What links are opened over (`links.held_way.HeldWay`)."""

    def open(
        self,
        connect: Connect = Connect.ATTACH,
        clock_hz: int | None = None,
        *,
        insist_s: float = 0.0,
    ) -> DebugLink:
        """Connect as asked, calling a silent chip for `insist_s`. Raises LinkError kinds."""
        ...

    def now(self) -> float:
        """Seconds on the links' clock."""
        ...

    @property
    def simulated(self) -> bool:
        """Whether that clock is a simulator's; for display only."""
        ...


class Bench:
    """Opens links for rungs. Each closes the one before: a probe has one user at a time.

    `hand` is somebody who can press and plug things, or None; `agree` is asked before something
    is lost, and raises where the answer is no; `wires` knows which reset wires were tested. A
    closed link has let NRST go, so leaving the bench releases it whatever happens; `keep` takes a
    link off the bench.
    """

    def __init__(
        self,
        way: Way,
        *,
        clock_hz: int | None = None,
        hand: Hand | None = None,
        agree: Callable[[str], None] | None = None,
        wires: WireMemory | None = None,
    ) -> None:
        self._way = way
        self._link: DebugLink | None = None
        self.clock_hz = clock_hz
        self.hand = hand
        self.agree = agree
        self.wires = wires or NoMemory()

    def open(
        self,
        connect: Connect = Connect.ATTACH,
        clock_hz: int | None = None,
        *,
        insist_s: float = 0.0,
    ) -> DebugLink:
        """A link of one's own until the next `open`. Raises LinkError kinds."""
        self.close()
        self._link = self._way.open(connect, clock_hz or self.clock_hz, insist_s=insist_s)
        return self._link

    def keep(self, link: DebugLink) -> DebugLink:
        """The link outlives the bench; its owner closes it."""
        assert link is self._link, "only the link that is open can be kept"
        self._link = None
        return link

    def now(self) -> float:
        """Seconds on the links' clock."""
        return self._way.now()

    @property
    def simulated(self) -> bool:
        """Whether times are simulated; for display only."""
        return self._way.simulated

    def close(self) -> None:
        """Let go of the link that is open, and with it of NRST."""
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
