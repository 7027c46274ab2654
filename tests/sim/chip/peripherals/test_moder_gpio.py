"""Ports with MODER (RM0090 §8, RM0091 §8): levels, the lock, and the pins of SWD."""

from __future__ import annotations

import pytest

from swdflash.sim.bus import ResetKind
from swdflash.sim.chip.f0 import F0
from swdflash.sim.chip.f4 import F4

from .conftest import FamilyBench, make_f0_bench, make_f4_bench

MODER, PUPDR, IDR, ODR, BSRR, LCKR, AFRH, BRR = 0, 0xC, 0x10, 0x14, 0x18, 0x1C, 0x24, 0x28
BASES = {"F0": (0x4800_0000, 0x4002_1014, 17), "F4": (0x4002_0000, 0x4002_3830, 0)}


class Port:
    """Port A of a chip, with its clock on."""

    def __init__(self, bench: FamilyBench[F0] | FamilyBench[F4], family: str) -> None:
        self.bench = bench
        self.base, self._enable, self._bit = BASES[family]
        self.clock()
        self.lost: list[str] = []
        bench.periphery.on_swd_lost = lambda register, _address: self.lost.append(register)

    def clock(self) -> None:
        self.bench.write(self._enable, self.bench.read(self._enable) | 1 << self._bit)

    def read(self, offset: int) -> int:
        return self.bench.read(self.base + offset)

    def write(self, offset: int, value: int) -> None:
        self.bench.write(self.base + offset, value)

    def mode(self, pin: int, mode: int) -> None:
        self.write(MODER, self.read(MODER) & ~(3 << 2 * pin) | mode << 2 * pin)


@pytest.fixture(params=["F0", "F4"])
def port(request: pytest.FixtureRequest) -> Port:
    family = request.param
    return Port(make_f4_bench() if family == "F4" else make_f0_bench(), family)


def test_an_output_drives_what_bsrr_says(port: Port) -> None:
    port.mode(3, 1)
    port.write(BSRR, 1 << 3 | 1 << 19)  # setting wins
    assert port.read(ODR) == port.read(IDR) & 1 << 3 == 1 << 3
    port.write(BSRR, 1 << 19)
    assert port.read(ODR) == 0


def test_an_input_is_as_the_board_drives_it(port: Port) -> None:
    assert not port.read(IDR) & 1
    port.bench.periphery.drive_pin("A", 0, 1)
    assert port.read(IDR) & 1
    port.write(PUPDR, port.read(PUPDR) | 1 << 2)
    assert port.read(IDR) & 2


def test_only_an_f0_has_brr() -> None:
    port = Port(make_f0_bench(), "F0")
    port.mode(3, 1)
    port.write(BSRR, 1 << 3)
    port.write(BRR, 1 << 3)
    assert port.read(ODR) == 0


@pytest.mark.parametrize("pin", [13, 14])
@pytest.mark.parametrize("mode", [0, 1, 3])
def test_a_pin_of_swd_that_is_another_kind_of_pin_is_lost(port: Port, pin: int, mode: int) -> None:
    port.mode(pin, mode)
    assert port.lost == ["GPIOA_MODER"]
    port.mode(pin, 2)
    port.mode(pin, mode)
    assert port.lost == ["GPIOA_MODER"] * 2


def test_another_alternate_function_takes_it_too(port: Port) -> None:
    port.write(AFRH, 1 << 24)
    assert port.lost == ["GPIOA_AFRH"]


def test_other_pins_and_other_registers_leave_it(port: Port) -> None:
    for pin in (0, 12, 15):
        port.mode(pin, 1)
    port.write(ODR, 0x6000)
    port.write(PUPDR, 0)
    assert port.lost == []


def test_a_reset_gives_it_back(port: Port) -> None:
    port.mode(14, 0)
    port.bench.periphery.reset(ResetKind.SYSTEM)
    port.clock()
    assert port.read(MODER) in (0xA800_0000, 0x2800_0000)


def test_locked_pins_stay(port: Port) -> None:
    lock = 1 << 13 | 1 << 14
    for value in (lock | 1 << 16, lock, lock | 1 << 16):
        port.write(LCKR, value)
    assert port.read(LCKR) == lock | 1 << 16
    port.mode(13, 1)
    port.write(AFRH, 0xFFFF_FFFF)
    port.mode(2, 1)
    assert port.lost == []
    assert port.read(MODER) >> 4 & 3 == 1
    assert port.read(AFRH) >> 20 & 0xFF == 0


@pytest.mark.parametrize("steps", [(0, 1, 1), (1, 1, 1), (1, 0, 0)])
def test_a_wrong_sequence_locks_nothing(port: Port, steps: tuple[int, ...]) -> None:
    for step in steps:
        port.write(LCKR, 1 << 13 | step << 16)
    port.mode(13, 1)
    assert port.lost == ["GPIOA_MODER"]
