"""Nested Vectored Interrupt Controller, its registers (DDI 0403 §B3.4)."""

from __future__ import annotations

from collections.abc import Callable

from swdflash.memory import Span
from swdflash.sim.bus import Master, ResetKind
from swdflash.sim.chip.exceptions import EXTERNAL, Exceptions

_ISER, _ICER, _ISPR, _ICPR, _IABR, _IPR, _END = 0x000, 0x080, 0x100, 0x180, 0x200, 0x300, 0x3F0


class Nvic:
    """A `Device`: enable, pending, active bits and priorities of the external interrupts."""

    def __init__(self, exceptions: Exceptions, attend: Callable[[], None]) -> None:
        self.span = Span(0xE000_E100, 0xB00)
        self._exceptions = exceptions
        self._attend = attend

    def reset(self, kind: ResetKind) -> None:
        """The state is the core's, and cleared with it."""

    def read(self, offset: int, size: int, _master: Master) -> int:
        """Registers of 32 bits; priorities by byte, too."""
        if _IPR <= offset < _END:
            numbers = range(EXTERNAL + offset - _IPR, EXTERNAL + offset - _IPR + size)
            return int.from_bytes(bytes(self._priority(number) for number in numbers), "little")
        members = self._members(offset)
        first = EXTERNAL + offset % 0x80 * 8
        word = sum(1 << bit for bit in range(32) if first + bit in members)
        return word & (1 << 8 * size) - 1

    def write(self, offset: int, size: int, value: int, _master: Master) -> None:
        """Ones set or clear; zeros do nothing."""
        exceptions = self._exceptions
        if _IPR <= offset < _END:
            for index, byte in enumerate(value.to_bytes(size, "little")):
                if EXTERNAL + offset - _IPR + index < len(exceptions.priorities):
                    exceptions.set_priority(EXTERNAL + offset - _IPR + index, byte)
        elif offset < _IABR:
            first = EXTERNAL + offset % 0x80 * 8
            last = len(exceptions.priorities)
            for number in range(first, min(first + 8 * size, last)):
                if value >> (number - first) & 1:
                    self._change(offset & ~0x7F, number)
        self._attend()

    def _change(self, block: int, number: int) -> None:
        exceptions = self._exceptions
        if block == _ISER:
            exceptions.enabled.add(number)
        elif block == _ICER:
            exceptions.enabled.discard(number)
        elif block == _ISPR:
            exceptions.pend(number)
        elif number not in exceptions.lines:  # a raised line stays pending
            exceptions.pending.discard(number)

    def _members(self, offset: int) -> set[int]:
        if offset < _ISPR:
            return self._exceptions.enabled
        if offset < _IABR:
            return self._exceptions.pending
        return self._exceptions.active if offset < _IPR else set()

    def _priority(self, number: int) -> int:
        priorities = self._exceptions.priorities
        return priorities[number] if number < len(priorities) else 0
