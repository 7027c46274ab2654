"""Faults: what the core does that it may not (DDI 0403 §B1.5.14)."""

from __future__ import annotations

from swdflash.sim.chip import scb
from swdflash.sim.chip.exceptions import Exc
from swdflash.sim.chip.stop import Stop

# What the engine stopped for that is a fault: exception and CFSR bit.
FAULTS = {
    Stop.UNDEFINED: (Exc.USAGE_FAULT, scb.CFSR_UNDEFINSTR),
    Stop.INVALID_STATE: (Exc.USAGE_FAULT, scb.CFSR_INVSTATE),
    Stop.NO_COPROCESSOR: (Exc.USAGE_FAULT, scb.CFSR_NOCP),
    Stop.UNALIGNED: (Exc.USAGE_FAULT, scb.CFSR_UNALIGNED),
    Stop.NO_EXECUTE: (Exc.MEM_MANAGE, scb.CFSR_IACCVIOL),
    Stop.FETCH_FAULT: (Exc.BUS_FAULT, scb.CFSR_IBUSERR),
}


class Fault(Exception):
    """What the core did is a fault: an exception of this kind, with these status bits."""

    def __init__(self, number: Exc, cfsr: int, address: int | None = None) -> None:
        super().__init__(f"{number.name}, CFSR {cfsr:#x}")
        self.number = number
        self.cfsr = cfsr
        self.address = address


class VectorFault(Exception):
    """The vector could not be read: a HardFault, or lockup when in one."""
