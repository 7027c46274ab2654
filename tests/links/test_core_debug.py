from __future__ import annotations

import itertools

import pytest

from swdflash.links.core_debug import CoreDebug
from swdflash.links.errors import Timeout

DHCSR, DCRSR, DCRDR = 0xE000_EDF0, 0xE000_EDF4, 0xE000_EDF8
REGRDY = 1 << 16


class SlowCore:
    """Core registers that are ready only after DHCSR was read `delay` times."""

    def __init__(self, delay: int) -> None:
        self.delay = delay
        self.registers = [0x100 + number for number in range(21)]
        self.wait = 0
        self.data = 0
        self.selected = 0

    def read(self, address: int, size: int) -> bytes:
        words = (self.read32(address + at) for at in range(0, size, 4))
        return b"".join(word.to_bytes(4, "little") for word in words)

    def write(self, address: int, data: bytes) -> None:
        for at in range(0, len(data), 4):
            self.write32(address + at, int.from_bytes(data[at : at + 4], "little"))

    def read32(self, address: int) -> int:
        if address == DHCSR:
            self.wait -= 1
            return REGRDY if self.wait < 0 else 0
        if address == DCRDR and self.wait < 0:
            return self.registers[self.selected]
        return 0xBAD

    def write32(self, address: int, value: int) -> None:
        if address == DCRDR:
            self.data = value
        elif address == DCRSR:
            self.wait, self.selected = self.delay, value & 0x1F
            if value & REGRDY:
                self.registers[self.selected] = self.data


def core_debug(memory: SlowCore) -> CoreDebug:
    clock = itertools.count()
    return CoreDebug(memory, lambda: next(clock) * 0.01)


@pytest.mark.parametrize("delay", [0, 1, 5])
def test_registers_are_waited_for(delay: int) -> None:
    core = SlowCore(delay)
    assert core_debug(core).read_registers(["r0", "pc", "psp"]) == [0x100, 0x10F, 0x112]


def test_registers_that_never_come_are_given_up_on() -> None:
    with pytest.raises(Timeout, match="S_REGRDY"):
        core_debug(SlowCore(10_000)).read_registers(["r0"])
    with pytest.raises(Timeout, match="S_REGRDY"):
        core_debug(SlowCore(10_000)).write_registers({"r0": 1})


def test_registers_that_share_a_word_keep_their_neighbours() -> None:
    core = SlowCore(0)
    core.registers[20] = 0x0200_0000  # CONTROL.SPSEL
    debug = core_debug(core)
    debug.write_registers({"r3": 7, "primask": 1, "basepri": 0x40})
    assert core.registers[3] == 7
    assert core.registers[20] == 0x0200_4001
    assert debug.read_registers(["control", "basepri", "primask", "faultmask"]) == [2, 0x40, 1, 0]


def test_nothing_to_write_is_nothing_written() -> None:
    core = SlowCore(0)
    core_debug(core).write_registers({})
    assert core.registers == SlowCore(0).registers
