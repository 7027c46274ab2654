"""Flash Patch and Breakpoint unit, version 1 (DDI 0403 §C1.11): breakpoints, no patching."""

from __future__ import annotations

from swdflash.memory import Span
from swdflash.sim.adiv5.component import Component
from swdflash.sim.bus import ResetKind
from swdflash.sim.chip.core import Core

_CTRL, _REMAP, _COMP = 0x0, 0x4, 0x8
_KEY, _ENABLE = 1 << 1, 1 << 0
_LOWER, _UPPER = 1, 2  # REPLACE: bits of a breakpoint on the half-words of a word


class Fpb(Component):
    """A `Device`: comparators for instructions in the code region, and for literals.

    Armv6-M's breakpoint unit is the same without literals (DDI 0419 §C1.9).
    """

    def __init__(self, core: Core) -> None:
        super().__init__(Span(0xE000_2000, 0x1000), part=core.model.fpb_part)
        self._core = core
        self._code, self._literals = core.model.breakpoints, core.model.literals
        self._enabled = False

    def reset(self, kind: ResetKind) -> None:
        """Power-on disables it."""
        super().reset(kind)
        if kind.of_supply:
            self._enabled = False
            self._core.set_breakpoints(set())

    def load(self, offset: int) -> int:
        """FP_CTRL says how many comparators there are."""
        if offset == _CTRL:
            return self._literals << 8 | self._code << 4 | self._enabled
        return super().load(offset)

    def store(self, offset: int, value: int) -> None:
        """FP_CTRL needs its key; comparators keep what is implemented of them."""
        if offset == _CTRL:
            if value & _KEY:
                self._enabled = bool(value & _ENABLE)
        elif offset == _REMAP:
            self.registers[offset] = value & 0x1FFF_FFE0
        elif offset < _COMP + 4 * (self._code + self._literals):
            self.registers[offset] = value & 0xDFFF_FFFD
        self._core.set_breakpoints(self._breakpoints() if self._enabled else set())

    def _breakpoints(self) -> set[int]:
        addresses: set[int] = set()
        for index in range(self._code):
            comparator = self.load(_COMP + 4 * index)
            if comparator & _ENABLE:
                word, replace = comparator & 0x1FFF_FFFC, comparator >> 30
                addresses |= {word} if replace & _LOWER else set()
                addresses |= {word + 2} if replace & _UPPER else set()
        return addresses
