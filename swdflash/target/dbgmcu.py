"""DBGMCU_CR by bit name: what goes on counting and clocking while the core sleeps or is halted."""

from __future__ import annotations

from dataclasses import dataclass

from swdflash.chips.chip import Chip
from swdflash.links.base import DebugLink


@dataclass(frozen=True)
class Dbgmcu:
    """DBGMCU_CR (RM0008 §31.16.3). Only a power-on reset clears it."""

    value: int
    fields: dict[str, int]  # every field of it, by ST's name

    @property
    def set_bits(self) -> tuple[str, ...]:
        """Names of the fields that are not 0, lowest first."""
        return tuple(name for name, content in self.fields.items() if content)

    @property
    def keeps_debug_in_low_power(self) -> bool:
        """Whether SWD goes on answering in Sleep, Stop and Standby."""
        names = ("DBG_SLEEP", "DBG_STOP", "DBG_STANDBY")
        return all(self.fields.get(name) for name in names)


def read_dbgmcu(link: DebugLink, chip: Chip) -> Dbgmcu:
    """Read DBGMCU_CR. Raises LinkError."""
    value = link.read32(chip.registers["DBGMCU_CR"])
    return Dbgmcu(value, chip.layouts["DBGMCU_CR"].named(value))
