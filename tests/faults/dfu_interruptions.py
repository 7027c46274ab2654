"""Hosts that end, and cables that are pulled, at any transfer of a write over DFU."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from swdflash.links.dfu.errors import DfuGone
from swdflash.links.dfu.states import State
from swdflash.links.digest import digest
from swdflash.links.errors import LinkError
from swdflash.links.steps import Check, Erase, MassErase, Program, Step
from swdflash.memory import Span
from tests.fakes.dfu_device import START, DfuDevice, Killed, Luck, link_to, small_chip

CHIP = small_chip()
FLASH = CHIP.flash
ENDS = (Luck.KILLED, Luck.KILLED_AFTER, Luck.UNPLUGGED)
PASSING = (Luck.LOST, Luck.ANSWER_LOST, Luck.STALLED, Luck.SILENT)
MOST_TRANSFERS = 260  # about as many as a whole write makes


@dataclass(frozen=True)
class Interruption:
    """A seed's device, and how the writes to it end before the last."""

    seed: int

    def run(self, times: int) -> int:
        """Interrupt so many writes, then let one through; how many were indeed interrupted.

        The device ends with what was to be written, in dfuIDLE.
        """
        draw = random.Random(self.seed)
        device = self._device(draw)
        interrupted = sum(self._interrupt(device, draw) for _ in range(times))
        self._ready(device)
        data = self._write(device, draw)
        assert bytes(device.flash) == data, f"seed {self.seed}"
        assert device.state is State.IDLE, f"seed {self.seed}"
        return interrupted

    def _device(self, draw: random.Random) -> DfuDevice:
        device = DfuDevice(draw.choice(list(State)[2:]))
        device.flash[:] = draw.randbytes(len(device.flash))
        device.blocks_while_busy = draw.random() < 0.5
        device.keeps_bits = draw.random() < 0.5
        poll_ms = draw.choice((0, 1, 30, 0xFF_FFFF))
        device.poll_ms = lambda _command: poll_ms
        return device

    def _interrupt(self, device: DfuDevice, draw: random.Random) -> bool:
        self._ready(device)
        device.luck = self._bad_luck(draw, device.transfers)
        try:
            self._write(device, draw)
        except (Killed, DfuGone):
            return True
        return False

    def _bad_luck(self, draw: random.Random, so_far: int) -> Callable[[int], Luck]:
        """The end, somewhere, and before it a transfer or two that fail in passing."""
        at = so_far + draw.randint(1, MOST_TRANSFERS)
        end = draw.choice(ENDS)
        passing = {so_far + draw.randint(1, MOST_TRANSFERS): draw.choice(PASSING) for _ in range(2)}
        return lambda now: end if now == at else passing.get(now, Luck.GOOD)

    def _ready(self, device: DfuDevice) -> None:
        """As a person leaves it: plugged in, in its bootloader; a host with a bit of patience."""
        device.luck = lambda _transfer: Luck.GOOD
        if device.gone:
            device.plug_in()

    def _write(self, device: DfuDevice, draw: random.Random) -> bytes:
        data = draw.randbytes(FLASH.span.size)
        with link_to(device) as link:
            for _ in link.flash_link(CHIP).carry_out(steps(data, mass=draw.random() < 0.3)):
                pass
        return data


def steps(data: bytes, *, mass: bool) -> tuple[Step, ...]:
    """All of flash, erased at once or sector by sector, and checked."""
    erases: tuple[Step, ...] = (
        (MassErase(FLASH.banks[0].span),) if mass else tuple(map(Erase, FLASH.sectors))
    )
    checks = (Check(each, digest(_part(data, each))) for each in FLASH.sectors)
    return (*erases, Program(START, data), *checks)


def _part(data: bytes, span: Span) -> bytes:
    return data[span.start - START : span.end - START]


def storm(seed: int) -> bool:
    """A write whose transfers fail again and again; whether it got through all the same.

    Where it did, flash holds it; where it did not, that was told, and the next write is good.
    """
    draw = random.Random(seed)
    device = DfuDevice()
    device.flash[:] = draw.randbytes(len(device.flash))
    device.blocks_while_busy = draw.random() < 0.5
    device.keeps_bits = draw.random() < 0.5
    rate = draw.choice((0.01, 0.05, 0.2, 0.6))
    device.luck = lambda _now: draw.choice(PASSING) if draw.random() < rate else Luck.GOOD
    trouble = Interruption(seed)
    try:
        data = trouble._write(device, draw)
    except LinkError:
        trouble._ready(device)
        data = trouble._write(device, draw)
        assert bytes(device.flash) == data, f"storm {seed}"
        return False
    assert bytes(device.flash) == data, f"storm {seed}"
    return True
