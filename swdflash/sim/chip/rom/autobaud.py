"""How the ROM finds the host's rate out: it times a pulse of the first character (AN3155 §2.2).

The character is 0x7F: start bit low, seven data bits high, then low. The ROM looks at the pin in a
loop, starts SysTick when it rises and reads it when it falls again. The rate that it sets follows
from a number of clock ticks divided by seven, so it is never quite the host's: the loop sees each
edge up to one turn late, and the division leaves a remainder. Both are fixed times, so the error
grows with the rate: at 115200 it is below 1 %, at 460800 about 2 %, of the 4 % that a UART stands,
and at 921600 every second attempt fails. ST has tested up to 115200 (AN2662 §2.4).
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from swdflash.sim.clock import PS_PER_S
from swdflash.sim.uart.frames import Format, Parity
from swdflash.sim.uart.wire import HIGH, LOW, Wire

# LDR, LSLS, BMI at 24 MHz, the clock that the ROM gives itself (AN2606): trebisky/stm32f103,
# serial_boot/boot.txt, 0x1FFFF3AA to 0x1FFFF3E0.
CLOCK_HZ = 24_000_000
LOOP_TICKS = 8
PULSE_BITS = 7
SETUP_TICKS = 60  # from the edge until the USART listens
RELOAD_TICKS = 0x8_0000  # SysTick's: after that it begins anew


@dataclass(frozen=True)
class Pulse:
    """The high pulse that the ROM times."""

    rises_ps: int
    falls_ps: int


def find_pulse(wire: Wire, since_ps: int) -> Pulse | None:
    """The first pulse between two falls, if all of it is on the line already."""
    rises_ps, fell = None, False
    for at_ps, level in wire.edges(since_ps):
        if level == LOW and rises_ps is not None:
            return Pulse(rises_ps, at_ps)
        if level == LOW:
            fell = True
        elif level == HIGH and fell:
            rises_ps = at_ps
    return None


def measured(pulse: Pulse, dice: random.Random) -> Format | None:
    """The rate as the ROM takes it; None where its register cannot hold it."""
    ticks = (pulse.falls_ps - pulse.rises_ps) * CLOCK_HZ // PS_PER_S
    ticks += dice.randrange(LOOP_TICKS) - dice.randrange(LOOP_TICKS)
    return rate_of(ticks)


def worst(pulse: Pulse, percent: float) -> Format | None:
    """The rate with the error that AN2606 states for the family."""
    ticks = round((pulse.falls_ps - pulse.rises_ps) * (1 + percent / 100) * CLOCK_HZ / PS_PER_S)
    return rate_of(ticks)


def rate_of(ticks: int) -> Format | None:
    """What BRR makes of a number of ticks."""
    divider = ticks % RELOAD_TICKS // PULSE_BITS
    if not 1 <= divider <= 0xFFFF:
        return None
    return Format(divider * PS_PER_S // CLOCK_HZ, Parity.EVEN)
