"""How long changes to flash take, by the chip's own times and the link's costs."""

from __future__ import annotations

from dataclasses import dataclass

from swdflash.chips.chip import Flash
from swdflash.links.base import Costs
from swdflash.memory import Span

START_ROUND_TRIPS = 40  # connecting, identifying and starting a loader
BLOCK = 4096  # bytes a link moves at once


@dataclass(frozen=True)
class Amount:
    """How much is to be done: sectors and banks to erase, bytes to program and to check."""

    sectors: tuple[Span, ...] = ()
    banks: int = 0
    program: int = 0
    check: int = 0


def seconds(amount: Amount, flash: Flash, costs: Costs) -> float:
    """Typical time: erasing, then programming or the wire (whichever is slower), then checking."""
    by_sector = sum(flash.erase_time(sector).typ for sector in amount.sectors)
    erasing = by_sector + amount.banks * flash.mass_erase.typ
    programming = amount.program / flash.unit * flash.program.typ
    blocks = -(-amount.program // BLOCK)
    wire = amount.program / costs.bytes_per_s + blocks * costs.round_trip_s
    checking = amount.check / costs.digest_bytes_per_s
    start = START_ROUND_TRIPS * costs.round_trip_s
    return start + erasing + max(programming, wire) + checking
