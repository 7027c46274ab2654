"""STM32s that swdflash does not program, from `targets/others.toml`: only their names."""

from __future__ import annotations

from functools import cache

from swdflash.chips.files import load_rows, targets_directory
from swdflash.chips.row import Row


class IdcodeRow(Row, frozen=True):
    """Where chips with such a core may have DBGMCU_IDCODE."""

    partno: int  # CPUID.PARTNO
    at: tuple[int, ...]


class OthersFile(Row, frozen=True):
    """The whole file."""

    idcode: tuple[IdcodeRow, ...]
    dev_id: dict[str, int]


@cache
def others() -> OthersFile:
    """The file. Raises BadTargetFile."""
    return load_rows(targets_directory() / "others.toml", OthersFile)


def other_stm32(dev_id: int) -> str | None:
    """ST's name for the parts with this DEV_ID, or None."""
    return next((name for name, value in others().dev_id.items() if value == dev_id), None)


def idcode_places(partno: int) -> tuple[int, ...]:
    """Addresses at which a chip with this core may have DBGMCU_IDCODE."""
    return next((row.at for row in others().idcode if row.partno == partno), ())
