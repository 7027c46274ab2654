"""Which of RTS and DTR lead to BOOT0 and NRST, found out by trying: a ROM that answers is proof.

A ROM that has just started answers 0x7F by ACK, once. So ACK after each of two pulses on a line
means that the line resets the chip; and no ACK after one with BOOT0 low, that BOOT0 is driven, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import product

from swdflash.links.pace import Pace
from swdflash.links.uart import sync
from swdflash.links.uart.errors import NotTheRom
from swdflash.links.uart.line import Line, ModemLine
from swdflash.links.uart.lines import Driver, Lines, Wire
from swdflash.links.uart.opening import open_line
from swdflash.links.uart.session import SAFE_BAUD, STARTS_S
from swdflash.links.uart.sync import Found
from swdflash.links.via import Via

OTHER = {ModemLine.RTS: ModemLine.DTR, ModemLine.DTR: ModemLine.RTS}


@dataclass(frozen=True)
class Trial:
    """An assignment, and what came of it, in words."""

    lines: Lines
    outcome: str


@dataclass(frozen=True)
class Detection:
    """The lines with which the ROM answers, or None; and all that was tried."""

    lines: Lines | None
    trials: tuple[Trial, ...]


def detect_lines_at(
    way: Via, place: str, pace: Pace, *, timeout_s: float, held: ExitStack
) -> Detection:
    """`detect_lines` on a port, opened as `links.uart.opening.open_link` does.

    `held` is closed by the caller. Raises `NoPort`, `PortBusy`, `PortEchoes`, LinkError kinds.
    """
    rate = way.option("baud") or ""
    baud = int(rate) if rate.isdigit() else SAFE_BAUD
    line = open_line(place, pace, baud, name=way.place, timeout_s=timeout_s)
    held.callback(line.close)
    return detect_lines(line, pace)


def detect_lines(line: Line, pace: Pace) -> Detection:
    """Try every assignment and polarity, and leave the chip in its ROM where one works.

    Only 0x7F is sent. The chip is reset on the way. Raises `PortEchoes` and the line's errors.
    """
    trials: list[Trial] = []
    for lines in _candidates():
        outcome = _try_out(Driver(line, lines, pace), line, pace)
        trials.append(outcome)
        if outcome.outcome == PROVEN:
            return Detection(outcome.lines, tuple(trials))
    line.assert_lines(())
    return Detection(None, tuple(trials))


PROVEN = "the ROM answers after each reset"


def _candidates() -> Iterator[Lines]:
    for nrst, nrst_inverted, boot0_inverted in product(ModemLine, (False, True), (False, True)):
        yield Lines(Wire(OTHER[nrst], boot0_inverted), Wire(nrst, nrst_inverted))


def _try_out(driver: Driver, line: Line, pace: Pace) -> Trial:
    for _ in range(2):
        heard = _after_reset(driver, line, pace, boot0_high=True)
        if heard is not None:
            return Trial(driver.lines, heard)
    lines = driver.lines
    if _after_reset(driver, line, pace, boot0_high=False) is None:
        lines = Lines(None, lines.nrst)  # BOOT0 is held high by something else
    elif _after_reset(driver, line, pace, boot0_high=True) is not None:
        return Trial(lines, "the ROM answered twice, and then did not")
    return Trial(lines, PROVEN)


def _after_reset(driver: Driver, line: Line, pace: Pace, *, boot0_high: bool) -> str | None:
    """None where a ROM has started; else what was heard in its place."""
    driver.reset(boot0_high=boot0_high)
    deadline = pace.now() + STARTS_S
    garbled = False
    while pace.now() < deadline:
        try:
            found = sync.knock(line, 1)
        except NotTheRom as other:
            return other.detail
        if found is Found.STARTED:
            return None
        if found is Found.IN_STEP:
            return "a ROM answers that was not reset"
        garbled = garbled or found is Found.GARBLED
    return "something answers, but not as a ROM does" if garbled else "nothing answers"
