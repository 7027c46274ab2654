"""The independent watchdog, where it runs while OpenOCD's loader does.

The reset before a write stops one that firmware started, and DBG_IWDG_STOP freezes one while the
core is halted. What is left is the one that the option byte WDG_SW = 0 starts at each reset
(RM0008 §19.3.1): it counts while a loader runs, and OpenOCD's does not feed it.
"""

from __future__ import annotations

from swdflash.chips.chip import Chip
from swdflash.links.base import DebugLink

KR_RELOAD = 0xAAAA  # RM0008 §19.4.1
LSI_MAX_HZ = 60_000  # DS5319 Table 25
SHORTEST_S = 4 * 4096 / LSI_MAX_HZ  # from a reload to the reset; IWDG_PR, IWDG_RLR as after reset
SHARE = 0.5  # of that, for what the host takes between feeding and the loader's end
LEAST_BYTES = 32


def runs_from_reset(link: DebugLink, chip: Chip) -> bool:
    """Whether the option byte WDG_SW starts it."""
    options = "FLASH_OPTCR" if "FLASH_OPTCR" in chip.registers else "FLASH_OBR"
    return not chip.layouts[options].fields["WDG_SW"].of(link.read32(chip.registers[options]))


def feed(link: DebugLink, chip: Chip) -> None:
    """Reload its counter; without effect where it does not run."""
    link.write32(chip.registers["IWDG_KR"], KR_RELOAD)


def most_bytes(link: DebugLink, chip: Chip) -> int:
    """How many can be sent and programmed before it must be fed again."""
    flash = chip.flash
    a_byte_s = flash.program.max / flash.unit + 1 / link.costs.bytes_per_s
    fitting = int(SHORTEST_S * SHARE / a_byte_s)
    return max(fitting, LEAST_BYTES) // flash.unit * flash.unit
