"""SWD by its bits, with a host that is written here from IHI 0031 §B4."""

from __future__ import annotations

import pytest

from swdflash.sim.adiv5.acks import Ack
from swdflash.sim.adiv5.swd_line import SwdLine
from swdflash.sim.adiv5.swd_port import SwdPort
from tests.sim.cables.toy_board import ToyBoard

DPIDR, ABORT, CTRL_STAT, SELECT, RDBUFF = 0x0, 0x0, 0x4, 0x8, 0xC
CSW, TAR, DRW = 0x0, 0x4, 0xC
OK, WAIT, FAULT, SILENCE = 0b001, 0b010, 0b100, 0b111
WDATAERR, STICKYERR = 1 << 7, 1 << 5


class Host:
    """A probe that looks at SWDIO just before each rising edge."""

    def __init__(self, board: ToyBoard) -> None:
        self.port = SwdPort(board)
        self.line = SwdLine(self.port)

    def send(self, value: int, count: int) -> None:
        for at in range(count):
            self.line.clock(value >> at & 1)

    def hear(self, count: int) -> int:
        heard = 0
        for at in range(count):
            heard |= self.line.level << at
            self.line.clock(None)
        return heard

    def reset_line(self, ones: int = 50) -> None:
        self.send(-1, ones)
        self.send(0, 2)

    def switch_to_swd(self) -> None:
        self.send(-1, 50)
        self.send(0xE79E, 16)
        self.reset_line()

    def request(self, address: int, *, ap: bool, read: bool, spoil: int = 0) -> int:
        body = ap | read << 1 | (address >> 2 & 3) << 2
        parity = body.bit_count() & 1
        self.send((1 | body << 1 | parity << 5 | 1 << 7) ^ spoil, 8)
        self.line.clock(None)
        return self.hear(3)

    def read(self, address: int, *, ap: bool = False) -> tuple[int, int]:
        ack = self.request(address, ap=ap, read=True)
        if ack != OK:
            self.line.clock(None)
            return ack, 0
        data = self.hear(33)
        self.line.clock(None)
        assert data.bit_count() % 2 == 0
        return ack, data & 0xFFFF_FFFF

    def write(self, address: int, value: int, *, ap: bool = False, spoil: int = 0) -> int:
        ack = self.request(address, ap=ap, read=False)
        self.line.clock(None)
        if ack == OK:
            self.send(value, 32)
            self.send(value.bit_count() & 1 ^ spoil, 1)
        return ack

    def connect(self) -> None:
        self.switch_to_swd()
        assert self.read(DPIDR) == (OK, 0x1BA0_1477)
        assert self.write(CTRL_STAT, 0x5000_0000) == OK
        assert self.write(SELECT, 0) == OK


@pytest.fixture
def board() -> ToyBoard:
    return ToyBoard()


@pytest.fixture
def host(board: ToyBoard) -> Host:
    return Host(board)


def test_the_pins_speak_jtag_until_they_are_switched(host: Host) -> None:
    host.reset_line()
    assert host.read(DPIDR)[0] == SILENCE
    host.switch_to_swd()
    assert host.read(DPIDR) == (OK, 0x1BA0_1477)
    host.send(-1, 50)
    host.send(0xE73C, 16)
    host.reset_line()
    assert host.read(DPIDR)[0] == SILENCE


def test_memory_is_written_and_read(host: Host, board: ToyBoard) -> None:
    host.connect()
    assert host.write(CSW, 0x2300_0012, ap=True) == OK
    assert host.write(TAR, 0x2000_0010, ap=True) == OK
    for word in (0xDEAD_BEEF, 0xFFFF_FFFF, 0):
        assert host.write(DRW, word, ap=True) == OK
    assert board.ram.data[0x10:0x1C] == bytes.fromhex("efbeadde ffffffff 00000000")
    assert host.write(TAR, 0x2000_0010, ap=True) == OK
    assert host.read(DRW, ap=True)[0] == OK
    assert host.read(DRW, ap=True) == (OK, 0xDEAD_BEEF)
    assert host.read(RDBUFF) == (OK, 0xFFFF_FFFF)


@pytest.mark.parametrize("idle", [0, 1, 7, 8, 100])
def test_idle_clocks_between_transactions_mean_nothing(host: Host, idle: int) -> None:
    host.connect()
    for _ in range(3):
        host.send(0, idle)
        assert host.read(CTRL_STAT)[0] == OK


def test_after_a_line_reset_only_dpidr_answers(host: Host) -> None:
    host.connect()
    host.reset_line()
    assert host.read(CTRL_STAT)[0] == SILENCE
    host.reset_line()
    assert host.read(DPIDR)[0] == OK
    assert host.read(CTRL_STAT)[0] == OK


@pytest.mark.parametrize("spoil", [1 << 5, 1 << 6], ids=["parity", "stop"])
def test_a_bad_request_silences_the_chip_until_a_line_reset(host: Host, spoil: int) -> None:
    host.connect()
    assert host.request(CTRL_STAT, ap=False, read=True, spoil=spoil) == SILENCE
    host.send(0, 20)
    assert host.read(DPIDR)[0] == SILENCE
    host.send(0, 1)  # a line that nobody drives is high, too
    host.reset_line(49)
    assert host.read(DPIDR)[0] == SILENCE
    host.reset_line(50)
    assert host.read(DPIDR)[0] == OK


def test_data_with_bad_parity_are_not_written(host: Host, board: ToyBoard) -> None:
    host.connect()
    host.write(CSW, 0x2300_0012, ap=True)
    host.write(TAR, 0x2000_0000, ap=True)
    assert host.write(DRW, 0x1234_5678, ap=True, spoil=1) == OK
    assert board.ram.data[:4] == bytes(4)
    assert host.read(CTRL_STAT)[1] & WDATAERR
    assert host.write(TAR, 0, ap=True) == FAULT
    assert host.write(ABORT, 0x1E) == OK
    assert host.write(TAR, 0x2000_0000, ap=True) == OK


def test_a_bus_fault_sticks_until_it_is_cleared(host: Host) -> None:
    host.connect()
    host.write(CSW, 0x2300_0002, ap=True)
    host.write(TAR, 0x7000_0000, ap=True)
    assert host.read(DRW, ap=True)[0] == OK
    assert host.read(RDBUFF)[0] == FAULT
    assert host.read(CTRL_STAT)[1] & STICKYERR
    assert host.write(ABORT, 0x1E) == OK
    assert host.read(RDBUFF)[0] == OK


def test_a_chip_that_waits_has_no_data_phase(host: Host) -> None:
    host.connect()
    host.port.disturbed.append(Ack.WAIT)
    assert host.write(SELECT, 0) == WAIT
    assert host.write(SELECT, 0) == OK


def test_without_swd_pins_or_supply_nothing_drives_the_line(host: Host, board: ToyBoard) -> None:
    host.connect()
    board.chip.swd_alive = False
    assert host.read(DPIDR)[0] == SILENCE
    board.chip.swd_alive = True
    host.reset_line()
    assert host.read(DPIDR)[0] == OK
    host.line.forget()
    host.reset_line()
    assert host.read(DPIDR)[0] == SILENCE
