"""What a probe's cable reaches: the board it is plugged on."""

from __future__ import annotations

from typing import Protocol

from swdflash.sim.adiv5.swd_port import DebuggedBoard


class Wiring(Protocol):
    """How the probe is wired to the board."""

    @property
    def probe(self) -> str:
        """A key of `probes.models.MODELS`."""
        ...

    @property
    def serial(self) -> str:
        """The probe's serial as tools show it."""
        ...

    @property
    def nrst_wired(self) -> bool:
        """Whether the probe's NRST pin is connected."""
        ...

    @property
    def vtarget(self) -> float:
        """Volts at the probe's VTref pin while the board has its supply."""
        ...


class ProbedBoard(DebuggedBoard, Protocol):
    """A board with a probe on it."""

    @property
    def wiring(self) -> Wiring:
        """How the probe is connected."""
        ...

    def drive_nrst(self, low: bool) -> None:
        """Pull NRST low, or let it go."""
        ...
