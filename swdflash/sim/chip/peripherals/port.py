"""What every I/O port has, whatever its registers: levels, and a record of their changes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass

from swdflash.sim.chip.peripherals.registers import Log, RegisterBlock, no_log
from swdflash.sim.clock import Clock

EDGES_KEPT = 4096


@dataclass(frozen=True, slots=True)
class Edge:
    """A pin's new level, and when it took it."""

    at_s: float
    pin: int
    level: int


class Port(RegisterBlock, ABC):
    """A port of 16 pins; `edges` are the last changes of pins that it drives."""

    def __init__(self, base: int, port: str, clock: Clock, log: Log = no_log) -> None:
        super().__init__(base, log)
        self.port = port
        self.clock = clock
        self.inputs = 0  # levels that the board drives
        self.edges: deque[Edge] = deque(maxlen=EDGES_KEPT)
        self.edge_count = [0] * 16

    @property
    def name(self) -> str:
        """E.g. GPIOC."""
        return f"GPIO{self.port}"

    @abstractmethod
    def drives(self, pin: int) -> bool:
        """Whether the pin is an output of the port's own."""

    @abstractmethod
    def alternate(self, pin: int) -> bool:
        """Whether a peripheral has the pin."""

    @abstractmethod
    def level(self, pin: int) -> int:
        """The pin's level as IDR has it; what floats reads as the board drives it, or 0."""

    def note_edges(self, before: int, after: int) -> None:
        """ODR has changed: keep what that did to the pins that are driven."""
        changed = before ^ after
        while changed:
            pin = changed.bit_length() - 1
            changed ^= 1 << pin
            if self.drives(pin):
                self.edges.append(Edge(self.clock.now, pin, after >> pin & 1))
                self.edge_count[pin] += 1
