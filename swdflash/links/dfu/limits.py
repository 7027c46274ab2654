"""How long a chip may be at its flash before something is wrong: its datasheet, and a margin."""

from __future__ import annotations

from dataclasses import dataclass

from swdflash.chips.chip import Flash, FlashTimes
from swdflash.memory import Span

MARGIN = 4  # on the datasheet's maximum


@dataclass(frozen=True)
class Limits:
    """Seconds, for the smallest number of bytes at once: which it is, only the ROM knows."""

    flash: Flash

    def erase(self, sector: Span) -> float:
        """A sector of the chip's, or of the bootloader's, which may count in smaller ones."""
        return MARGIN * max(self._erase(times, sector.size) for times in self._every)

    def program(self, size: int) -> float:
        """So many bytes."""
        return MARGIN * max(-(-size // each.unit) * each.program.max for each in self._every)

    @property
    def mass_erase(self) -> float:
        """Every bank."""
        banks = len(self.flash.banks)
        return MARGIN * banks * max(times.mass_erase.max for times in self._every)

    @property
    def _every(self) -> tuple[FlashTimes, ...]:
        return (self.flash.times, *self.flash.slower)

    @staticmethod
    def _erase(times: FlashTimes, size: int) -> float:
        known = times.erase.get(size)
        return (known or max(times.erase.values(), key=lambda time: time.max)).max
