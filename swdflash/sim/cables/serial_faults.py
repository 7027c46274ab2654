"""Bad luck on a serial line, planned by the byte.

Bytes are counted from 1 in the order in which they pass the adapter, in either direction. Of a
`FaultPlan`, what concerns SWD alone does nothing here.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from swdflash.sim.faults import NO_FAULTS, Fault, FaultPlan, Supplied

NOISE_BYTES = 8  # at most


@dataclass(frozen=True)
class Outgoing:
    """Bytes that go out in a row; `struck` if the adapter is struck before them."""

    data: bytes
    bad_parity: bool = False
    struck: tuple[Fault, ...] = ()


class SerialFaults:
    """A plan, and how far the line has come in it."""

    def __init__(self, plan: FaultPlan = NO_FAULTS) -> None:
        self.passed = 0  # bytes
        self._plan = plan

    def prepare(self, adapter: Supplied) -> None:
        """What is wrong from the start."""
        self._plan.prepare(adapter)

    def strike(self, faults: tuple[Fault, ...], adapter: Supplied) -> None:
        """Let these happen."""
        for fault in faults:
            self._plan.strike_supply(fault, adapter)

    def outgoing(self, data: bytes) -> Iterator[Outgoing]:
        """The pieces in which `data` goes out."""
        start = 0
        for at, value in enumerate(data):
            faults = self._next()
            if faults:
                if at > start:
                    yield Outgoing(data[start:at])
                start = at + 1
                bad = Fault.BAD_PARITY in faults
                yield Outgoing(self._changed(value, faults), bad, faults)
        if start < len(data):
            yield Outgoing(data[start:])

    def incoming(self, value: int, adapter: Supplied) -> bytes:
        """What becomes of a byte that came; the adapter is struck before it has it."""
        faults = self._next()
        if not faults:
            return bytes([value])
        self.strike(faults, adapter)
        return self._changed(value, faults)

    def _next(self) -> tuple[Fault, ...]:
        self.passed += 1
        return self._plan.at.get(self.passed, ())

    def _changed(self, value: int, faults: tuple[Fault, ...]) -> bytes:
        dice = random.Random(self._plan.seed * 65537 + self.passed)
        if Fault.BIT_FLIP in faults:
            value ^= 1 << dice.randrange(8)
        data = b"" if Fault.LOSE in faults else bytes([value])
        if Fault.DOUBLE in faults:
            data += data
        if Fault.NOISE in faults:
            data = dice.randbytes(dice.randrange(1, NOISE_BYTES + 1)) + data
        return data
