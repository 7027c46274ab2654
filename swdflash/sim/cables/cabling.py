"""The USB cables that go from a board to the host."""

from __future__ import annotations

from typing import Protocol

from swdflash.sim.cables.plug import Plug, PluggableBoard
from swdflash.sim.cables.pluggable import Pluggable
from swdflash.sim.cables.usb_socket import UsbSocket
from swdflash.sim.chip.rom.usb import UsbFunction
from swdflash.sim.faults import FaultPlan


class CabledBoard(PluggableBoard, Protocol):
    """A board with a probe on it, and perhaps a USB socket of its own."""

    @property
    def usb(self) -> UsbFunction | None:
        """The chip's own USB; None where it has none, or no wires go there."""
        ...


def cables_of(board: CabledBoard, faults: FaultPlan, probe: Plug | None = None) -> list[Pluggable]:
    """Its probe's, and its own where it has a USB socket."""
    probe = probe or Plug(board, faults)
    if board.usb is None:
        return [probe]
    return [probe, UsbSocket(board, board.usb, faults, probe.time)]
