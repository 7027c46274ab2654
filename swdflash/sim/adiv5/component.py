"""What all CoreSight components have in common: identification registers (DDI 0403 §D1.1)."""

from __future__ import annotations

from swdflash.memory import Span
from swdflash.sim.bus import Master, ResetKind

ARM = 0x23B  # JEP106 code: continuation 4, identity 0x3B
ST = 0x020  # continuation 0, identity 0x20
GENERIC_IP = 0xE
ROM_TABLE = 0x1


class Component:
    """A `Device` of plain registers that ends in PIDR and CIDR."""

    def __init__(
        self,
        span: Span,
        *,
        part: int,
        designer: int = ARM,
        revision: int = 0,
        class_: int = GENERIC_IP,
    ) -> None:
        self.span = span
        self.registers: dict[int, int] = {}
        self._ids = self._identification(part, designer, revision, class_)

    def reset(self, kind: ResetKind) -> None:
        """Debug components are reset by power-on only."""
        if kind.of_supply:
            self.registers.clear()

    def read(self, offset: int, size: int, _master: Master) -> int:
        """A register, or a byte of the identification; what is not there reads as zero."""
        to_end = self.span.size - (offset & ~3)
        word = self._ids.get(to_end)
        if word is None:
            word = self.load(offset & ~3)
        return word >> 8 * (offset & 3) & (1 << 8 * size) - 1

    def write(self, offset: int, _size: int, value: int, _master: Master) -> None:
        """Identification registers ignore writes."""
        if self.span.size - offset not in self._ids:
            self.store(offset, value)

    def load(self, offset: int) -> int:
        """What the register at an offset reads as."""
        return self.registers.get(offset, 0)

    def store(self, offset: int, value: int) -> None:
        """What a write to the register at an offset does."""
        self.registers[offset] = value

    @staticmethod
    def _identification(part: int, designer: int, revision: int, class_: int) -> dict[int, int]:
        """By distance from the component's end: PIDR4-7, PIDR0-3, CIDR0-3."""
        continuation, identity = designer >> 7, designer & 0x7F
        pidr = (
            part & 0xFF,
            (identity & 0xF) << 4 | part >> 8,
            revision << 4 | 1 << 3 | identity >> 4,
            0,
        )
        values = (continuation, 0, 0, 0, *pidr, 0x0D, class_ << 4, 0x05, 0xB1)
        return {0x30 - 4 * index: value for index, value in enumerate(values)}
