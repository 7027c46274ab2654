"""A debug link that plays a recording back, and insists on the calls that were recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from swdflash.chips.chip import Chip
from swdflash.links.base import FlashLink, Reset
from swdflash.links.flash_recording import ReplayFlash
from swdflash.links.played import Calls, Replayed


def open_link(path: Path) -> ReplayLink:
    """A link that answers as the recorded one. Raises `BadRecording`, or what opening raised."""
    return ReplayLink(Calls(path))


class Links:
    """Opens the links of a recording, one after the other."""

    def __init__(self, path: Path) -> None:
        """Raises `BadRecording`."""
        self._calls = Calls(path)
        self.simulated = self._calls.simulated

    def open(self, *_: object, **__: object) -> ReplayLink:
        """The next link that was opened, whatever is asked. Raises what opening it raised."""
        return ReplayLink(self._calls)

    def now(self) -> float:
        """The recorded time."""
        return self._calls.now()


class ReplayLink(Replayed):
    """A debug link that gives the recorded answers."""

    def read(self, address: int, size: int) -> bytes:
        """As recorded."""
        return self._play("read", bytes, address, size)

    def write(self, address: int, data: bytes) -> None:
        """As recorded."""
        self._play("write", type(None), address, data)

    def read32(self, address: int) -> int:
        """As recorded."""
        return self._play("read32", int, address)

    def write32(self, address: int, value: int) -> None:
        """As recorded."""
        self._play("write32", type(None), address, value)

    def read16(self, address: int) -> int:
        """As recorded."""
        return self._play("read16", int, address)

    def write16(self, address: int, value: int) -> None:
        """As recorded."""
        self._play("write16", type(None), address, value)

    def read_core(self, registers: Sequence[str]) -> list[int]:
        """As recorded."""
        return self._play("read_core", list[int], list(registers))

    def write_core(self, values: Mapping[str, int]) -> None:
        """As recorded."""
        self._play("write_core", type(None), dict(values))

    def halt(self) -> None:
        """As recorded."""
        self._play("halt", type(None))

    def resume(self) -> None:
        """As recorded."""
        self._play("resume", type(None))

    def step(self) -> None:
        """As recorded."""
        self._play("step", type(None))

    def is_halted(self) -> bool:
        """As recorded."""
        return self._play("is_halted", bool)

    def reset(self, kind: Reset = Reset.SYSTEM) -> None:
        """As recorded."""
        self._play("reset", type(None), kind)

    def drive_nrst(self, low: bool) -> None:
        """As recorded."""
        self._play("drive_nrst", type(None), low)

    def dpidr(self) -> int:
        """As recorded."""
        return self._play("dpidr", int)

    def set_clock(self, hz: int) -> int:
        """As recorded."""
        chosen = self._play("set_clock", int, hz)
        self._info = replace(self._info, clock_hz=chosen)
        return chosen

    def voltage(self) -> float | None:
        """As recorded."""
        return self._play("voltage", float | None)  # type: ignore[arg-type]  # a union is no type

    def flash_link(self, chip: Chip) -> FlashLink | None:
        """As recorded: None where the recorded link had none."""
        self._calls.skip_clock()
        if not self._calls.is_next("flash_link"):
            return None
        self._play("flash_link", bool, chip.name)
        return ReplayFlash(self, self._outcome)
