"""Where a board is worked on: one way to it, one link at a time, NRST never left low."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Protocol, Self

from swdflash.links.base import Connect, DebugLink, RomLink
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


class RomWay(Protocol):
    """A known way to the chip's ROM bootloader, beside the probe (`links.rom_way.RomWay`)."""

    @property
    def name(self) -> str:
        """As it is written after `--rom`."""
        ...

    @property
    def method(self) -> str:
        """`uart` or `dfu`."""
        ...

    @property
    def wired(self) -> bool:
        """Whether it can reset the chip into its ROM by itself."""
        ...

    def open(self, timeout_s: float = 0.0) -> RomLink:
        """Wait for it, and have the ROM answer. Raises LinkError kinds."""
        ...


class Bench:
    """Opens links for rungs. Each closes the one before: a probe has one user at a time.

    `hand` is somebody who can press and plug things, or None; `agree` is asked before something
    is lost, and raises where the answer is no; `wires` knows which reset wires were tested; `roms`
    are ways to the ROM bootloader. A closed link has let NRST go, so leaving the bench releases it
    whatever happens; `keep` takes a link off the bench.
    """

    def __init__(
        self,
        way: Way,
        *,
        clock_hz: int | None = None,
        hand: Hand | None = None,
        agree: Callable[[str], None] | None = None,
        wires: WireMemory | None = None,
        roms: Sequence[RomWay] = (),
    ) -> None:
        self._way = way
        self._link: DebugLink | RomLink | None = None
        self.roms = tuple(roms)
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
        link = self._way.open(connect, clock_hz or self.clock_hz, insist_s=insist_s)
        self._link = link
        return link

    def open_rom(self, way: RomWay, timeout_s: float = 0.0) -> RomLink:
        """The same to the ROM bootloader. Raises LinkError kinds."""
        self.close()
        link = way.open(timeout_s)
        self._link = link
        return link

    def keep(self, link: DebugLink | RomLink) -> None:
        """The link outlives the bench; its owner closes it."""
        assert link is self._link, "only the link that is open can be kept"
        self._link = None

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
