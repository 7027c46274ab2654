"""Data Watchpoint and Trace unit (DDI 0403 §C1.8): the cycle counter, and registers.

Comparators are kept but watch nothing. Armv6-M has no cycle counter (DDI 0419 §C1.8).
"""

from __future__ import annotations

from swdflash.memory import Span
from swdflash.sim.adiv5.component import Component
from swdflash.sim.bus import ResetKind
from swdflash.sim.chip.core import Core
from swdflash.sim.chip.halting import TRCENA
from swdflash.sim.chip.registers import Reg

_CTRL, _CYCCNT, _PCSR = 0x0, 0x4, 0x1C
_CYCCNTENA = 1 << 0


class Dwt(Component):
    """A `Device`: counts cycles that the core runs, not those that it sleeps or is halted."""

    timed = (_CYCCNT,)

    def __init__(self, core: Core) -> None:
        super().__init__(Span(0xE000_1000, 0x1000), part=core.model.dwt_part, revision=1)
        self._core = core
        self._count = 0
        self._since: int | None = None  # the core's cycle at which `_count` was right

    def reset(self, kind: ResetKind) -> None:
        """Power-on stops and clears the counter."""
        super().reset(kind)
        if kind.of_supply:
            self._count, self._since = 0, None

    def load(self, offset: int) -> int:
        """CYCCNT is worked out, PCSR samples the PC (all ones while halted)."""
        if offset == _CTRL:
            return self._core.model.watchpoints << 28 | super().load(_CTRL)
        if offset == _CYCCNT:
            return self._cycles() if self._core.model.mainline else 0
        if offset == _PCSR:
            return 0xFFFF_FFFF if self._core.halted else self._core.get(Reg.PC)
        return super().load(offset)

    def store(self, offset: int, value: int) -> None:
        """Counting needs DEMCR.TRCENA when it is switched on."""
        if offset == _CYCCNT:
            self._count = value
            self._since = None if self._since is None else self._core.cycles
            return
        super().store(offset, value & 0x0FFF_FFFF if offset == _CTRL else value)
        if offset == _CTRL:
            self._switch(on=bool(value & _CYCCNTENA) and bool(self._core.halting.demcr & TRCENA))

    def _switch(self, *, on: bool) -> None:
        self._count = self._cycles()
        self._since = self._core.cycles if on else None

    def _cycles(self) -> int:
        run = 0 if self._since is None else self._core.cycles - self._since
        return self._count + run & 0xFFFF_FFFF
