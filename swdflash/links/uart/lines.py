"""RTS and DTR wired to BOOT0 and NRST: what the options of a way say of them, and driving them.

`boot0=rts`: asserting RTS drives BOOT0 high. `nrst=dtr`: asserting DTR drives NRST low. `invert=`
names those for which it is the other way round.
"""

from __future__ import annotations

from dataclasses import dataclass

from swdflash.links.errors import BadVia
from swdflash.links.pace import Pace
from swdflash.links.uart.line import Line, ModemLine
from swdflash.links.via import Via

# NRST has 100 nF and about 40 kΩ inside the chip on most boards: 4 ms of RC time (RM0008 §7.1.1);
# and a USB adapter changes its lines with the next control transfer.
RESET_LOW_S = 0.02
RISES_S = 0.01
PINS = ("boot0", "nrst")


@dataclass(frozen=True)
class Wire:
    """A modem line that leads to a pin of the chip."""

    line: ModemLine
    inverted: bool = False

    def asserted(self, *, active: bool) -> frozenset[ModemLine]:
        """The line where it is to be asserted so that the pin is active (BOOT0 high, NRST low)."""
        return frozenset({self.line}) if active != self.inverted else frozenset()


@dataclass(frozen=True)
class Lines:
    """Which modem line leads to which pin."""

    boot0: Wire | None = None
    nrst: Wire | None = None

    @property
    def options(self) -> tuple[tuple[str, str], ...]:
        """As options of a way."""
        wires = {"boot0": self.boot0, "nrst": self.nrst}
        named = [(pin, wire.line.value) for pin, wire in wires.items() if wire]
        inverted = ",".join(pin for pin, wire in wires.items() if wire and wire.inverted)
        return (*named, ("invert", inverted)) if inverted else tuple(named)

    def __str__(self) -> str:
        return "&".join(f"{name}={value}" for name, value in self.options) or "none"

    def levels(self, *, boot0_high: bool, nrst_low: bool) -> frozenset[ModemLine]:
        """The modem lines to assert."""
        boot0 = self.boot0.asserted(active=boot0_high) if self.boot0 else frozenset()
        nrst = self.nrst.asserted(active=nrst_low) if self.nrst else frozenset()
        return boot0 | nrst


NO_LINES = Lines()


def lines_of(way: Via) -> Lines:
    """What the options of a way say. Raises `BadVia`."""
    inverted = {pin for pin in (way.option("invert") or "").split(",") if pin}
    wires = {pin: _wire(way, pin, inverted=pin in inverted) for pin in PINS}
    if strange := inverted - {pin for pin, wire in wires.items() if wire}:
        raise BadVia(str(way), f"`invert={','.join(sorted(strange))}` names no line that is given")
    boot0, nrst = wires["boot0"], wires["nrst"]
    if boot0 and nrst and boot0.line is nrst.line:
        raise BadVia(str(way), f"{boot0.line.value} cannot lead to both BOOT0 and NRST")
    return Lines(boot0, nrst)


def _wire(way: Via, pin: str, *, inverted: bool) -> Wire | None:
    name = way.option(pin)
    if name is None:
        return None
    if name not in set(ModemLine):
        raise BadVia(str(way), f"`{pin}={name}`: a modem line is rts or dtr")
    return Wire(ModemLine(name), inverted)


class Driver:
    """Drives BOOT0 and NRST by a line's RTS and DTR."""

    def __init__(self, line: Line, lines: Lines, pace: Pace) -> None:
        self._line = line
        self.lines = lines
        self._pace = pace

    @property
    def resets(self) -> bool:
        """Whether NRST can be driven."""
        return self.lines.nrst is not None

    @property
    def starts_flash(self) -> bool:
        """Whether the chip can be made to start what is in flash."""
        return self.resets and self.lines.boot0 is not None

    def rest(self, *, boot0_high: bool) -> None:
        """Let NRST go; BOOT0 takes its level at the next reset."""
        if self.lines == NO_LINES:
            return
        self._line.assert_lines(self.lines.levels(boot0_high=boot0_high, nrst_low=False))

    def reset(self, *, boot0_high: bool) -> None:
        """Reset the chip; it samples BOOT0 as NRST rises."""
        self._line.drain()
        self._line.assert_lines(self.lines.levels(boot0_high=boot0_high, nrst_low=True))
        self._pace.sleep(RESET_LOW_S)
        self.rest(boot0_high=boot0_high)
        self._pace.sleep(RISES_S)
