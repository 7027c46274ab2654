"""The rate: the highest at which the ROM proves that it is understood.

A ROM measures the rate once, after a reset. So another is tried by restarting it, which takes NRST
wired to RTS or DTR; without that, the rate of the first 0x7F stays.
"""

from __future__ import annotations

import logging

from swdflash.chips.data import find_device
from swdflash.links.uart.errors import NotTheRom
from swdflash.links.uart.session import RATES, Session
from swdflash.links.uart.trouble import Nacked, OutOfStep
from swdflash.memory import Span

LOG = logging.getLogger(__name__)
SAMPLE = 256  # bytes that must read the same at both rates
FLASH = 0x0800_0000  # where flash begins on every STM32


def settle_on_a_rate(session: Session, product_id: int) -> None:
    """Go up from the safe rate as far as it works. Raises what `Session.do` does.

    A ROM that is not heard at the rate above goes back to the one that worked.
    """
    good = session.line.baud
    sample = sample_of(product_id)
    for rate in sorted(rate for rate in RATES if rate > good):
        try:
            expected = session.do(lambda rom: rom.read(sample.start, sample.size))
        except Nacked:  # under read protection nothing can be read that would prove a rate
            return
        if not _works(session, rate, sample, expected):
            LOG.debug("%d baud does not work", rate)
            if not session.restart(good):
                session.slow_down()
            return
        good = rate


def sample_of(product_id: int) -> Span:
    """System memory is all code; flash might be blank, which proves less."""
    device = find_device(product_id)
    return Span(device.row.system_memory.start if device else FLASH, SAMPLE)


def _works(session: Session, rate: int, sample: Span, expected: bytes) -> bool:
    """Whether the ROM answers at `rate`, and says twice what it said before, without a fault."""
    try:
        if not session.restart(rate):
            return False
        return all(session.rom.read(sample.start, sample.size) == expected for _ in range(2))
    except (NotTheRom, OutOfStep):  # garbled: the rate that it measured is too far off
        return False
