"""Everything that `swdflash info` shows, read without changing anything."""

from __future__ import annotations

from dataclasses import dataclass

from swdflash.chips.chip import Chip
from swdflash.events import Noted
from swdflash.links.base import DebugLink, LinkInfo, Offers
from swdflash.memory import Span
from swdflash.target.boot import Boot, read_boot
from swdflash.target.dbgmcu import Dbgmcu, read_dbgmcu
from swdflash.target.hidden_flash import hidden_flash
from swdflash.target.protection import Protection, read_protection
from swdflash.target.swd_pins import SwdPins, swd_pins
from swdflash.target.target import DebugIdentity, Target


@dataclass(frozen=True)
class TargetInfo:
    """A chip within reach, as found."""

    chip: Chip
    identity: DebugIdentity
    link: LinkInfo
    protection: Protection
    boot: Boot
    swd: SwdPins
    dbgmcu: Dbgmcu  # as it was before connecting changed it
    reset_flags: tuple[str, ...]  # RCC_CSR's, gathered since somebody last cleared them
    voltage: float | None  # volts; None where the probe cannot measure it
    hidden_flash: Span | None  # answers above the declared size
    notes: tuple[Noted, ...]


def gather(target: Target) -> TargetInfo:
    """Read it all. Raises LinkError."""
    link, chip = target.link, target.chip
    protection = read_protection(link, chip)
    hidden = None if protection.read_protected else hidden_flash(link, chip)
    return TargetInfo(
        chip=chip,
        identity=target.identity,
        link=link.info,
        protection=protection,
        boot=read_boot(link, chip),
        swd=swd_pins(chip),
        dbgmcu=target.presence.found or read_dbgmcu(link, chip),
        reset_flags=read_reset_flags(link, chip),
        voltage=link.voltage() if Offers.VOLTAGE in link.offers else None,
        hidden_flash=hidden,
        notes=target.identity.notes,
    )


def read_reset_flags(link: DebugLink, chip: Chip) -> tuple[str, ...]:
    """Why the chip was reset, by the names in RCC_CSR (RM0008 §7.3.10): "PORRSTF", ..."""
    value = link.read32(chip.registers["RCC_CSR"])
    return tuple(name for name in chip.layouts["RCC_CSR"].set_bits(value) if name.endswith("RSTF"))
