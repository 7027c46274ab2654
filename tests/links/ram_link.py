"""A DebugLink that is a kilobyte of RAM and a core that does as it is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from swdflash.chips.chip import Chip
from swdflash.links.base import Costs, LinkInfo, Offers, Reset
from swdflash.links.errors import TransferFault
from swdflash.memory import Span

RAM = Span(0x2000_0000, 1024)


class RamLink:
    def __init__(self) -> None:
        self.ram = bytearray(RAM.size)
        self.core: dict[str, int] = {}
        self.halted = False
        self.closed = 0
        self.time = 0.0
        self.info = LinkInfo("pyocd:1", "fake", "RAM 1", 4_000_000)
        self.offers = Offers.NRST
        self.costs = Costs(1e-3, 1e5, 1e6)

    def _at(self, address: int, size: int) -> slice:
        self.time += 1e-3
        if not RAM.covers(Span(address, size)):
            raise TransferFault(address, "no RAM there")
        return slice(address - RAM.start, address - RAM.start + size)

    def now(self) -> float:
        return self.time

    def close(self) -> None:
        self.closed += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def read(self, address: int, size: int) -> bytes:
        return bytes(self.ram[self._at(address, size)])

    def write(self, address: int, data: bytes) -> None:
        self.ram[self._at(address, len(data))] = data

    def read32(self, address: int) -> int:
        return int.from_bytes(self.read(address, 4), "little")

    def write32(self, address: int, value: int) -> None:
        self.write(address, value.to_bytes(4, "little"))

    def read16(self, address: int) -> int:
        return int.from_bytes(self.read(address, 2), "little")

    def write16(self, address: int, value: int) -> None:
        self.write(address, value.to_bytes(2, "little"))

    def read_core(self, registers: Sequence[str]) -> list[int]:
        return [self.core[name] for name in registers]

    def write_core(self, values: Mapping[str, int]) -> None:
        self.core.update(values)

    def halt(self) -> None:
        self.halted = True

    def resume(self) -> None:
        self.halted = False

    def step(self) -> None:
        self.core["pc"] = self.core.get("pc", 0) + 2

    def is_halted(self) -> bool:
        return self.halted

    def reset(self, kind: Reset = Reset.SYSTEM) -> None:
        self.core.clear()

    def drive_nrst(self, low: bool) -> None:
        self.time += 1e-3

    def dpidr(self) -> int:
        return 0x1BA0_1477

    def set_clock(self, hz: int) -> int:
        return min(hz, 1_800_000)

    def flash_link(self, chip: Chip) -> None:
        return None

    def voltage(self) -> float | None:
        return None
