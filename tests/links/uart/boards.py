"""Virtual boards at the end of a serial adapter."""

from __future__ import annotations

from typing import Any

from swdflash.chips.data import chip_named
from swdflash.sim.store import Record, Store, serial_of
from swdflash.sim.wiring import Line, Wiring

CHIP = chip_named("STM32F103C8")
FLASH = CHIP.flash
NAME = "bench"
WAY = f"uart:sim:{NAME}"
WIRED: dict[str, Any] = {"boot0": 0, "serial_boot0": Line.RTS, "serial_nrst": Line.DTR}
BY_LINES = f"{WAY}?boot0=rts&nrst=dtr"


def board(content: bytes = b"", name: str = NAME, **wires: Any) -> None:
    """A board in its ROM unless `wires` say otherwise; `content` is in its flash."""
    wiring = Wiring(serial=serial_of(name), **{"boot0": 1, "uptime_s": 0.01} | wires)
    Store().create(name, Record(chip="STM32F103C8", wiring=wiring))
    if content:
        with Store().open(name) as kept:
            kept.nonvolatile.flash[: len(content)] = content


def dump(name: str = NAME) -> bytes:
    """All of flash, asked of the board."""
    with Store().open(name) as kept:
        return bytes(kept.nonvolatile.flash[: FLASH.span.size])
