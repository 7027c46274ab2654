from __future__ import annotations

import pytest

from .conftest import Bench

APB2ENR = 0x4002_1018
C = 0x4001_1000
CRL, CRH, IDR, ODR, BSRR, BRR, LCKR = (C + at for at in range(0, 0x1C, 4))
OUTPUT, FLOATING, PULLED, ALTERNATE = 0x2, 0x4, 0x8, 0xB


@pytest.fixture
def port(bench: Bench) -> Bench:
    bench.write(APB2ENR, 1 << 4)
    return bench


def set_mode(bench: Bench, pin: int, mode: int) -> None:
    register = CRH if pin >= 8 else CRL
    shift = (pin & 7) * 4
    bench.write(register, bench.read(register) & ~(0xF << shift) | mode << shift)


def test_set_wins_over_reset_in_one_write(port: Bench) -> None:
    port.write(BSRR, 0x0003_0005)
    assert port.read(ODR) == 0x5
    port.write(BRR, 0x1)
    assert port.read(ODR) == 0x4


def test_only_outputs_leave_edges(port: Bench) -> None:
    set_mode(port, 13, OUTPUT)
    port.pass_time(0.5)
    port.write(BSRR, 1 << 13 | 1 << 12)
    port.write(BSRR, 1 << 13)
    port.pass_time(0.5)
    port.write(BRR, 1 << 13)
    edges = [(edge.at_s, edge.pin, edge.level) for edge in port.f1.ports["C"].edges]
    assert edges == [(0.5, 13, 1), (1.0, 13, 0)]


def test_idr_shows_pins_not_odr(port: Bench) -> None:
    port.f1.ports["C"].inputs = 0b11
    port.write(ODR, 0b1100)
    assert port.read(IDR) == 0b11
    set_mode(port, 3, PULLED)
    set_mode(port, 2, OUTPUT)
    set_mode(port, 0, OUTPUT)
    assert port.read(IDR) == 0b1110


def test_locked_pins_keep_their_mode(port: Bench) -> None:
    for bit in (1, 0, 1):
        port.write(LCKR, bit << 16 | 1)
    assert port.read(LCKR) == 0x1_0001
    port.write(CRL, 0)
    assert port.read(CRL) == 0x0000_0004
    port.write(LCKR, 0)
    assert port.read(LCKR) == 0x1_0001


def test_a_wrong_lock_sequence_locks_nothing(port: Bench) -> None:
    for value in (0x1_0001, 0x0_0002, 0x1_0001):
        port.write(LCKR, value)
    port.write(CRL, 0)
    assert port.read(CRL) == 0


def test_narrow_writes_reach_apb_repeated(port: Bench) -> None:
    port.write(ODR, 0x5A, 1)  # RM0008 §2.1: the bridge duplicates the byte
    assert port.read(ODR) == 0x5A5A
