"""The rate that the ROM finds: nearly the host's, and the less so the faster the host is."""

from __future__ import annotations

import random

import pytest

from swdflash.sim.chip.rom.autobaud import find_pulse, measured, worst
from swdflash.sim.uart.frames import Format, Parity
from swdflash.sim.uart.wire import Wire

WORKS = 0.0396  # errors below are received as sent (tests/sim/uart)


def errors(baud: int, byte: int = 0x7F) -> list[float]:
    line_format = Format.at(baud, Parity.EVEN)
    wire = Wire()
    wire.send(0, line_format, bytes([byte]))
    pulse = find_pulse(wire, 0)
    assert pulse is not None
    found = [measured(pulse, random.Random(seed)) for seed in range(200)]
    return [each.bit_ps / line_format.bit_ps - 1 for each in found if each is not None]


@pytest.mark.parametrize(("baud", "most"), [(1200, 0.001), (9600, 0.002), (115_200, 0.011)])
def test_at_tested_rates_it_is_close(baud: int, most: float) -> None:
    assert max(abs(error) for error in errors(baud)) < most


def test_at_460800_it_still_works_and_at_921600_only_sometimes() -> None:
    assert all(abs(error) < WORKS for error in errors(460_800))
    at_921600 = sum(abs(error) < WORKS for error in errors(921_600))
    assert 60 < at_921600 < 140


def test_the_worst_that_st_states_still_works() -> None:
    wire = Wire()
    line_format = Format.at(115_200, Parity.EVEN)
    wire.send(0, line_format, b"\x7f")
    pulse = find_pulse(wire, 0)
    assert pulse is not None
    found = worst(pulse, 3)
    assert found is not None
    assert found.bit_ps / line_format.bit_ps - 1 == pytest.approx(0.03, abs=0.006)


def test_half_a_pulse_is_none() -> None:
    wire = Wire()
    wire.send(0, Format.at(115_200, Parity.EVEN), b"\x00")
    assert find_pulse(wire, 0) is None


def test_another_byte_gives_another_rate() -> None:
    assert all(error < -0.5 for error in errors(115_200, 0x55))
