"""Both ends of the System Control Space (DDI 0403 §B3.2.1): ICTR, STIR and its identification."""

from __future__ import annotations

from swdflash.memory import Span
from swdflash.sim.adiv5.component import Component
from swdflash.sim.bus import Master, ResetKind
from swdflash.sim.chip.core import Core
from swdflash.sim.chip.exceptions import EXTERNAL

_STIR = 0x00
_ICTR = 0x04


class ScsEnd(Component):
    """A `Device`: software-triggered interrupts, PIDR and CIDR."""

    def __init__(self, core: Core) -> None:
        super().__init__(Span(0xE000_EF00, 0x100), part=core.model.scs_part, revision=1)
        self._core = core

    def store(self, offset: int, value: int) -> None:
        """STIR pends an external interrupt; nothing else is there."""
        mainline = self._core.model.mainline
        if offset == _STIR and mainline and value & 0x1FF < self._core.exceptions.irqs:
            self._core.pend(EXTERNAL + (value & 0x1FF))


class ScsStart:
    """A `Device`: ICTR says how many external interrupts there are, in steps of 32."""

    def __init__(self, core: Core) -> None:
        self.span = Span(0xE000_E000, 0x10)
        self._core = core

    def reset(self, kind: ResetKind) -> None:
        """Nothing is kept here."""

    def read(self, offset: int, _size: int, _master: Master) -> int:
        """INTLINESNUM; ACTLR reads as zero."""
        return (self._core.exceptions.irqs - 1) // 32 if offset == _ICTR else 0

    def write(self, offset: int, size: int, value: int, master: Master) -> None:
        """Read only."""
