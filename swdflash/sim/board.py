"""A virtual board: a chip, its wiring, and the time that passes on both."""

from __future__ import annotations

from swdflash.chips.chip import Chip
from swdflash.sim.chip.nonvolatile import NonVolatile
from swdflash.sim.chip.virtual_chip import VirtualChip
from swdflash.sim.clock import PS_PER_S, Clock
from swdflash.sim.store import Kept
from swdflash.sim.wiring import Wiring

LOG_KEPT = 10_000


class VirtualBoard:
    """Powered off at first. `log` collects illegal accesses: (seconds, the manual's words)."""

    def __init__(
        self, chip: Chip, nonvolatile: NonVolatile, wiring: Wiring, *, seed: int = 0
    ) -> None:
        self.clock = Clock()
        self.wiring = wiring
        self.log: list[tuple[float, str]] = []
        self.chip = VirtualChip(
            chip, nonvolatile, self.clock, self._illegal, hse_hz=wiring.hse_hz, seed=seed
        )

    @classmethod
    def of(cls, kept: Kept) -> VirtualBoard:
        """The board that the store kept."""
        return cls(kept.chip, kept.nonvolatile, kept.record.wiring, seed=kept.record.seed)

    @property
    def powered(self) -> bool:
        """Whether the chip has its supply."""
        return self.chip.powered

    def power_on(self) -> None:
        """Plug the supply in, with the jumpers as they are."""
        self.chip.boot0, self.chip.boot1 = self.wiring.boot0, self.wiring.boot1
        self.chip.power_on()

    def power_off(self) -> None:
        """Pull the supply, whatever is going on."""
        if self.powered:
            self.chip.power_off()

    def boot(self) -> None:
        """Power on and let firmware have `uptime_s` before anybody looks."""
        self.power_on()
        self.spend(self.wiring.uptime_s)

    def spend(self, seconds: float) -> None:
        """Let time pass: the core runs, alarms fire."""
        self.chip.run_until(self.clock.now_ps + round(seconds * PS_PER_S))

    def drive_nrst(self, low: bool) -> None:
        """The probe drives its reset wire; the chip notices if that is connected."""
        if not self.wiring.nrst_wired or low == self.chip.in_reset:
            return
        if not self.powered:
            self.chip.in_reset = low
        elif low:
            self.chip.hold_in_reset()
        else:
            self.chip.release_reset()

    def _illegal(self, text: str) -> None:
        if len(self.log) < LOG_KEPT:
            self.log.append((self.clock.now, text))
