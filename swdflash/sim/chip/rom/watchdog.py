"""What a bootloader does about the independent watchdog (AN2606, "IWDG").

"The IWDG prescaler is configured to its maximum value. It is periodically refreshed".
"""

from __future__ import annotations

from swdflash.sim.bus import Master
from swdflash.sim.chip.peripherals.iwdg import Iwdg
from swdflash.sim.chip.rom.machine import Machine

UNLOCK, RELOAD, SLOWEST = 0x5555, 0xAAAA, 6
LONGEST_REFRESH_S = 1.0


class RomWatchdog:
    """IWDG at an address, as the ROM uses it; where it does not run, nothing of this starts it."""

    def __init__(self, machine: Machine, base: int) -> None:
        self._bus = machine.bus
        self._base = base

    def slow_down(self) -> None:
        """The slowest prescaler."""
        self._write(Iwdg.KR.offset, UNLOCK)
        self._write(Iwdg.PR.offset, SLOWEST)
        self._write(Iwdg.KR.offset, RELOAD)

    def refresh(self) -> float:
        """Reload it; returns the seconds until that is to be done again."""
        self._write(Iwdg.KR.offset, RELOAD)
        iwdg = self._bus.device_at(self._base)
        assert isinstance(iwdg, Iwdg)
        return min(LONGEST_REFRESH_S, iwdg.timeout_s / 4)

    def _write(self, offset: int, value: int) -> None:
        self._bus.write(self._base + offset, 4, value, Master.CORE)
