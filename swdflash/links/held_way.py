"""A way to a chip that is held while links are opened over it, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from swdflash.links.base import Connect, DebugLink
from swdflash.links.recorder import Recording, logged
from swdflash.links.recording import Call
from swdflash.links.rom_way import RomWay


class Opener(Protocol):
    """Opens a link."""

    def __call__(self, connect: Connect, clock_hz: int | None, *, insist_s: float) -> DebugLink:
        """Connect as asked, calling a silent chip for `insist_s`. Raises LinkError kinds."""
        ...


class HeldWay:
    """Opens links; their clock goes on between them."""

    def __init__(
        self,
        opener: Opener,
        now: Callable[[], float],
        *,
        simulated: bool = False,
        cables: Mapping[str, RomWay] | None = None,
        wired: Sequence[RomWay] = (),
    ) -> None:
        """`cables` are ways to the ROM bootloader of the same board, by method.

        `wired` are those of them that bring the chip there by themselves.
        """
        self._opener = opener
        self._now = now
        self.simulated = simulated  # for display only; set by the factory
        self.wired_roms = tuple(wired)
        self._cables = cables or {}
        self.recording: Recording | None = None

    def rom_way(self, text: str) -> RomWay:
        """The way to a ROM that is named so; over this board's own cable where that is meant.

        Raises what `links.via.parse` does.
        """
        way = RomWay.of(text)
        cable = self._cables.get(way.method)
        same = cable is not None and cable.via.board == way.via.board is not None
        return replace(cable, via=way.via) if cable and same else way

    def now(self) -> float:
        """Seconds on the links' clock. Recorded: a diagnosis dates what it sees by it."""
        at = self._now()
        if self.recording is not None:
            self.recording.write(Call("now", [], at))
        return at

    def open(
        self,
        connect: Connect = Connect.ATTACH,
        clock_hz: int | None = None,
        *,
        insist_s: float = 0.0,
    ) -> DebugLink:
        """Connect as asked, calling a silent chip for `insist_s`. Raises LinkError kinds."""

        def open_link() -> DebugLink:
            return self._opener(connect, clock_hz, insist_s=insist_s)

        if self.recording is None:
            return logged(open_link())
        return logged(self.recording.opening(open_link, last=False, now=self._now))
