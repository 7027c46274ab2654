"""Bad luck, planned: what goes wrong at which USB transfer, or at which byte of a serial line.

Transfers are counted from 1 as the program makes them, bytes as they pass. A plan is written
`unplug@120,wait@40` and may come from the environment variable `SWDFLASH_SIM_FAULT`.
"""

from __future__ import annotations

import os
import random
import re
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from swdflash.sim.adiv5.acks import Ack
from swdflash.sim.cables.errors import FaultPlanUnreadable

ENVIRONMENT = "SWDFLASH_SIM_FAULT"


class Fault(StrEnum):
    """What can go wrong."""

    UNPLUG = "unplug"  # the probe, or the serial adapter, leaves USB for good
    POWER_CUT = "power-cut"  # the target loses its supply for good
    POWER_CUT_BUSY = "power-cut-busy"  # the same, in the middle of the next dfuDNBUSY
    KILL = "kill"  # SIGKILL to the process that holds the board
    WAIT = "wait"  # the next SWD transaction is answered WAIT
    FAULT = "fault"  # the next SWD transaction is answered FAULT
    SILENCE = "silence"  # the next SWD transaction is not answered
    BIT_FLIP = "bit-flip"  # one bit of what the transfer brings, or of the byte, is wrong
    LOSE = "lose"  # the byte does not arrive
    DOUBLE = "double"  # it arrives twice
    BAD_PARITY = "bad-parity"  # its parity bit is wrong; a host does not look at it
    NOISE = "noise"  # some bytes that nobody sent come before it
    BUSY = "busy"  # from the start: another program has the probe, or the port
    DENIED = "denied"  # from the start: no permission to open it


ACKS = {Fault.WAIT: Ack.WAIT, Fault.FAULT: Ack.FAULT, Fault.SILENCE: Ack.NONE}
FROM_THE_START = {Fault.BUSY, Fault.DENIED}


class Supplied(Protocol):
    """What faults strike: something in a USB socket, with a board behind it."""

    denied: bool
    busy: bool

    def unplug(self) -> None:
        """Pull the cable."""
        ...

    def cut_power(self) -> None:
        """Take the board's supply away."""
        ...


class Stricken(Supplied, Protocol):
    """A device on USB."""

    def cut_power_when_busy(self) -> None:
        """Take the supply away while the chip is at work that a DFU host waits for."""
        ...

    def disturb(self, ack: Ack) -> None:
        """Have the next SWD transaction acknowledged like this."""
        ...


@dataclass(frozen=True)
class FaultPlan:
    """Which faults, by transfer; 0 is from the start."""

    at: Mapping[int, tuple[Fault, ...]]
    seed: int = 0  # draws the bits that flip

    @classmethod
    def parse(cls, text: str) -> FaultPlan:
        """`KIND@TRANSFER,...`, or `busy` and `denied` alone. Raises `FaultPlanUnreadable`."""
        at: dict[int, tuple[Fault, ...]] = {}
        for item in filter(None, text.split(",")):
            match = re.fullmatch(r"([a-z-]+)(?:@([1-9][0-9]*))?", item.strip())
            if not match or match[1] not in set(Fault):
                raise FaultPlanUnreadable(text, ", ".join(Fault))
            fault, when = Fault(match[1]), int(match[2] or 0)
            if (fault in FROM_THE_START) != (when == 0):
                raise FaultPlanUnreadable(text, ", ".join(Fault))
            at[when] = (*at.get(when, ()), fault)
        return cls(at)

    @classmethod
    def from_environment(cls) -> FaultPlan:
        """What `SWDFLASH_SIM_FAULT` asks for; nothing where it is unset."""
        return cls.parse(os.environ.get(ENVIRONMENT, ""))

    @classmethod
    def drawn(cls, seed: int, kinds: tuple[Fault, ...], transfers: range, count: int) -> FaultPlan:
        """`count` faults of these kinds at transfers drawn from a seed."""
        draw = random.Random(seed)
        at: dict[int, tuple[Fault, ...]] = {}
        for when in draw.sample(transfers, count):
            at[when] = (draw.choice(kinds),)
        return cls(at, seed)

    def prepare(self, plug: Supplied) -> None:
        """What is wrong from the start."""
        plug.busy = Fault.BUSY in self.at.get(0, ())
        plug.denied = Fault.DENIED in self.at.get(0, ())

    def strike(self, transfer: int, plug: Stricken) -> None:
        """Let happen what is planned for this transfer."""
        for fault in self.at.get(transfer, ()):
            if fault in ACKS:
                plug.disturb(ACKS[fault])
            elif fault is Fault.POWER_CUT_BUSY:
                plug.cut_power_when_busy()
            else:
                self.strike_supply(fault, plug)

    def strike_supply(self, fault: Fault, plug: Supplied) -> None:
        """Let this happen, if it is of a kind that a USB socket, a supply or a process meets."""
        match fault:
            case Fault.UNPLUG:
                plug.unplug()
            case Fault.POWER_CUT:
                plug.cut_power()
            case Fault.KILL:
                os.kill(os.getpid(), signal.SIGKILL)

    def garble(self, transfer: int, data: bytes) -> bytes:
        """The data of this transfer, with a bit flipped where that is planned."""
        if Fault.BIT_FLIP not in self.at.get(transfer, ()) or not data:
            return data
        bit = random.Random(self.seed * 65537 + transfer).randrange(8 * len(data))
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        return bytes(flipped)


NO_FAULTS = FaultPlan({})
